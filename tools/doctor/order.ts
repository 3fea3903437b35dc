import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import type { ICredentialType } from 'n8n-workflow';

import { providerById, providers, type Operation, type Provider, type Result } from '../../index';
import { fail, succeed } from '../../nodes/FluxKontext/core/base/faults';
import { defaultModel } from '../../nodes/FluxKontext/core/request/prepare';
import { isWebUrl } from '../../nodes/FluxKontext/core/http/trust';
import { credentialOf } from '../support/credentials';
import { keyNameOf } from './keys';
import { flags } from './usage';

/** What is to be examined, and how. */
export interface Order {
	provider: Provider;
	credential: ICredentialType;
	/** Without a slash at the end. */
	baseUrl: string;
	/** Empty where the provider asks for none. */
	apiKey: string;
	operation: Operation;
	model: string;
	prompt: string | null;
	imageUrl: string | null;
	/** An absolute path. */
	out: string | null;
	cancel: boolean;
	yes: boolean;
}

type Flags = ReturnType<typeof parse>;
const parse = (args: string[]) => parseArgs({ args, options: flags, strict: true }).values;

const complain = (message: string) => fail('invalidRequest', message);

function readFlags(args: string[]): Result<Flags> {
	try {
		return succeed(parse(args));
	} catch (error) {
		return complain((error as Error).message);
	}
}

function operationFor(provider: Provider, given: string | undefined): Result<Operation> {
	if (given === 'generate' || given === 'edit') return succeed(given);
	if (given !== undefined) return complain(`--operation must be generate or edit, but is ${given}`);
	return succeed(defaultModel(provider, 'generate') ? 'generate' : 'edit');
}

function baseUrlFor({ displayName, defaultBaseUrl }: Provider, given: string | undefined): Result<string> {
	const url = (given ?? defaultBaseUrl).trim().replace(/\/+$/, '');
	if (isWebUrl(url)) return succeed(url);
	return complain(
		url === ''
			? `${displayName} has no address of its own: name it with --base-url`
			: `--base-url must start with https:// or http://, but is ${url}`,
	);
}

async function isWritable(folder: string): Promise<boolean> {
	return await access(folder, constants.W_OK).then(
		() => true,
		() => false,
	);
}

function keyFor(provider: Provider, { properties }: ICredentialType, env: NodeJS.ProcessEnv): Result<string> {
	const name = keyNameOf(provider);
	const key = env[name]?.trim() ?? '';
	const needed = properties.some(({ name: field, required }) => field === 'apiKey' && required === true);
	return key === '' && needed
		? complain(
				`There is no key for ${provider.displayName}: put it into the environment variable ${name}`,
			)
		: succeed(key);
}

/** The command line and the environment, checked; nothing is sent yet. */
export async function readOrder(args: string[], env: NodeJS.ProcessEnv): Promise<Result<Order | 'help'>> {
	const read = readFlags(args);
	if (!read.ok) return read;
	const given = read.value;
	if (given.help) return succeed('help');
	const provider = providerById(given.provider);
	if (!provider) {
		const known = providers.map(({ id }) => id).join(', ');
		return complain(
			given.provider === undefined
				? `--provider is missing; it must be one of ${known}`
				: `There is no provider ${given.provider}; it must be one of ${known}`,
		);
	}
	const operation = operationFor(provider, given.operation);
	if (!operation.ok) return operation;
	const baseUrl = baseUrlFor(provider, given['base-url']);
	if (!baseUrl.ok) return baseUrl;
	const credential = await credentialOf(provider);
	if (!credential) return complain(`${provider.displayName} has no credential file`);
	const apiKey = keyFor(provider, credential, env);
	if (!apiKey.ok) return apiKey;
	const imageUrl = given['image-url'] ?? null;
	if (imageUrl !== null && !isWebUrl(imageUrl))
		return complain(`--image-url must start with https:// or http://, but is ${imageUrl}`);
	if (given.cancel && !provider.buildCancel)
		return complain(
			`${provider.displayName} has no way to cancel a job, so --cancel has nothing to examine`,
		);
	const out = given.out === undefined ? null : resolve(given.out);
	if (out !== null && !(await isWritable(dirname(out))))
		return complain(`--out must be a file in a folder that can be written to, but is ${out}`);
	return succeed({
		provider,
		credential,
		baseUrl: baseUrl.value,
		apiKey: apiKey.value,
		operation: operation.value,
		model: given.model ?? defaultModel(provider, operation.value)?.id ?? '',
		prompt: given.prompt ?? null,
		imageUrl,
		out,
		cancel: given.cancel ?? false,
		yes: given.yes ?? false,
	});
}
