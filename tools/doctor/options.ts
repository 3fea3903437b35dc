import { isJobProvider } from '../../nodes/FluxKontext/core/provider';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import type { ICredentialType } from 'n8n-workflow';

import { providerById, providers, type Operation, type Provider, type Result } from '../../index';
import { fail, succeed } from '../../nodes/FluxKontext/core/base/faults';
import { readBaseUrl, type BaseUrl } from '../../nodes/FluxKontext/core/http/baseUrl';
import { isWebUrl } from '../../nodes/FluxKontext/core/http/trust';
import { credentialOf } from '../support/credentials';
import { keyVariableOf } from './keys';
import { flags } from './usage';
import { defaultModel } from '../../nodes/FluxKontext/core/request/plan';

/** The doctor's options, checked and complete. */
export interface DoctorOptions {
	provider: Provider;
	credential: ICredentialType;
	/** Without query and trailing slashes. */
	baseUrl: string;
	/** Query of the base URL. */
	baseQuery: string;
	/** Empty if the provider needs none and none is set. */
	apiKey: string;
	operation: Operation;
	model: string;
	/** `null`: the default prompt of the operation. */
	prompt: string | null;
	/** Input image of an edit; `null`: a drawn image. */
	imageUrl: string | null;
	/** Absolute path of the file that the image is saved in; `null`: it is discarded. */
	out: string | null;
	/** Whether to cancel the job as soon as it is accepted. */
	cancel: boolean;
	/** Whether to pay without confirmation. */
	yes: boolean;
}

type Flags = ReturnType<typeof parse>;
const parse = (args: string[]) => parseArgs({ args, options: flags, strict: true }).values;

const refuse = (message: string) => fail('invalidRequest', message);

function readFlags(args: string[]): Result<Flags> {
	try {
		return succeed(parse(args));
	} catch (error) {
		return refuse((error as Error).message);
	}
}

function operationFor(provider: Provider, name: string | undefined): Result<Operation> {
	if (name === 'generate' || name === 'edit') return succeed(name);
	if (name !== undefined) return refuse(`--operation must be generate or edit, but is ${name}`);
	return succeed(defaultModel(provider, 'generate') ? 'generate' : 'edit');
}

function baseUrlFor({ displayName, defaultBaseUrl }: Provider, option: string | undefined): Result<BaseUrl> {
	const entered = option ?? defaultBaseUrl;
	if (entered.trim() === '') return refuse(`${displayName} has no default URL: set --base-url`);
	const base = readBaseUrl(entered);
	return typeof base === 'string' ? refuse(`--base-url ${base}`) : succeed(base);
}

async function isWritable(folder: string): Promise<boolean> {
	return await access(folder, constants.W_OK).then(
		() => true,
		() => false,
	);
}

function keyFor(provider: Provider, { properties }: ICredentialType, env: NodeJS.ProcessEnv): Result<string> {
	const variable = keyVariableOf(provider);
	const key = env[variable]?.trim() ?? '';
	const isRequired = properties.some(({ name, required }) => name === 'apiKey' && required === true);
	if (key !== '' || !isRequired) return succeed(key);
	const { displayName } = provider;
	return refuse(`There is no key for ${displayName}: put it into the environment variable ${variable}`);
}

function providerFor(id: string | undefined): Result<Provider> {
	const provider = providerById(id);
	if (provider) return succeed(provider);
	const known = providers.map((candidate) => candidate.id).join(', ');
	return refuse(
		id === undefined
			? `--provider is missing; it must be one of ${known}`
			: `There is no provider ${id}; it must be one of ${known}`,
	);
}

function imageUrlFor(option: string | undefined): Result<string | null> {
	return option === undefined || isWebUrl(option)
		? succeed(option ?? null)
		: refuse(`--image-url must start with https:// or http://, but is ${option}`);
}

async function outFor(option: string | undefined): Promise<Result<string | null>> {
	if (option === undefined) return succeed(null);
	const path = resolve(option);
	return (await isWritable(dirname(path)))
		? succeed(path)
		: refuse(`--out must be a file in a folder that can be written to, but is ${path}`);
}

/** Reads and checks the command line and the environment. Sends nothing; never rejects. */
export async function readOptions(
	args: string[],
	env: NodeJS.ProcessEnv,
): Promise<Result<DoctorOptions | 'help'>> {
	const parsed = readFlags(args);
	if (!parsed.ok) return parsed;
	const values = parsed.value;
	if (values.help) return succeed('help');
	const found = providerFor(values.provider);
	if (!found.ok) return found;
	const provider = found.value;
	const operation = operationFor(provider, values.operation);
	if (!operation.ok) return operation;
	const base = baseUrlFor(provider, values['base-url']);
	if (!base.ok) return base;
	const credential = await credentialOf(provider);
	if (!credential) return refuse(`${provider.displayName} has no credential file`);
	const apiKey = keyFor(provider, credential, env);
	if (!apiKey.ok) return apiKey;
	const imageUrl = imageUrlFor(values['image-url']);
	if (!imageUrl.ok) return imageUrl;
	if (values.cancel && !(isJobProvider(provider) && provider.cancel))
		return refuse(`${provider.displayName} cannot cancel jobs, so --cancel has nothing to check`);
	const out = await outFor(values.out);
	if (!out.ok) return out;
	return succeed({
		provider,
		credential,
		baseUrl: base.value.url,
		baseQuery: base.value.query,
		apiKey: apiKey.value,
		operation: operation.value,
		model: values.model ?? defaultModel(provider, operation.value)?.id ?? '',
		prompt: values.prompt ?? null,
		imageUrl: imageUrl.value,
		out: out.value,
		cancel: values.cancel ?? false,
		yes: values.yes ?? false,
	});
}
