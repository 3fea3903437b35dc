import fc from 'fast-check';
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { providers, type Provider } from '../../../index';
import type { ProviderId } from '../../../tools/emulator';
import { readImage } from '../../../tools/emulator/picture';
import { emulatorCredentials, type NodeRun } from '../../../tools/n8n-core/runNode';
import { simplest } from '../../contract/contractFixture';
import { picture, useNodeFixture, withBinary } from '../../node/nodeFixture';
import { startForeignServer, type ForeignServer } from '../foreignServer';
import { scripts, type Script } from './mutations';
import { startProxy, type Proxy } from './proxy';
import { isCode, isPlain, isReadable, violated } from './rules';
import { holds } from './seed';

/** Concurrent runs, each behind a proxy of its own: they mostly wait. */
const MAX_BATCH = 12;
const fixture = useNodeFixture();
const proxies: Proxy[] = [];
let foreign: ForeignServer;
let input: Buffer;

beforeAll(async () => {
	input = await picture(64, 64);
	foreign = await startForeignServer(fixture.emulator.sampleImage.bytes);
	const starting = Array.from(
		{ length: MAX_BATCH },
		async () =>
			await startProxy({
				emulator: fixture.emulator,
				foreign: foreign.origin,
				trusted: 'https://nobody.invalid',
			}),
	);
	proxies.push(...(await Promise.all(starting)));
});
afterAll(async () => {
	await Promise.all([foreign, ...proxies].map(async (server) => await server.close()));
});

interface FuzzCase {
	provider: Provider;
	script: Script;
	/** USD. With a limit, providers that report prices are asked for one, so that its response is mutated. */
	maxCost: number | null;
}

async function run(
	proxy: Proxy,
	{ provider, script, maxCost }: FuzzCase,
	onError: 'continueRegularOutput' | 'stopWorkflow',
): Promise<NodeRun> {
	const { apiKey, baseUrl } = fixture.emulator.providers[provider.id as ProviderId];
	proxy.play(script);
	// A mutated response may contain the key.
	proxy.placeholders.KEY = apiKey;
	const credentials = {
		...emulatorCredentials(fixture.emulator),
		[provider.credential]: { apiKey, baseUrl: baseUrl.replace(fixture.emulator.origin, proxy.origin) },
	};
	const { operation } = simplest(provider).request;
	const parameters: INodeParameters = {
		provider: provider.id,
		operation,
		prompt: 'a red fox',
		options: { timeout: 1, ...(maxCost !== null && { maxCost }) },
	};
	return await fixture.run(parameters, {
		credentials,
		onError,
		items: operation === 'edit' ? [withBinary(input)] : [{}],
	});
}

const keysOf = (json: object): string => Object.keys(json).sort().join(' ');

function errorItemViolations({ json, binary }: INodeExecutionData): string[] {
	const { error, details } = json as { error: unknown; details: Record<string, unknown> };
	return violated({
		[`keys of an error item: ${keysOf(json)}`]: keysOf(json) !== 'details error',
		[`keys of its details: ${keysOf(details)}`]:
			keysOf(details) !== 'code description httpStatus job provider providerStatus retryable',
		[`unknown code: ${String(details['code'])}`]: !isCode(details['code']),
		'a text is not readable': !isReadable(error) || !isReadable(details['description']),
		'an error item has an image': binary !== undefined,
	});
}

async function imageItemViolations(result: NodeRun, item: INodeExecutionData): Promise<string[]> {
	const facts = await readImage(await result.binary(item));
	const { image } = item.json as { image: { mimeType: string; width: number; height: number } };
	return violated({
		[`keys of an item: ${keysOf(item.json)}`]:
			keysOf(item.json) !== 'image job revisedPrompt seed usage warnings',
		'the image cannot be decoded': !facts,
		'the image differs from the facts of the item':
			facts?.mimeType !== image.mimeType ||
			facts.width !== image.width ||
			facts.height !== image.height,
	});
}

/** Lists what is wrong with the items of a run with Continue. */
async function itemViolations(result: NodeRun, apiKey: string): Promise<string[]> {
	const { items } = result;
	const violations = await Promise.all(
		items.map(async (item) =>
			'error' in item.json ? errorItemViolations(item) : await imageItemViolations(result, item),
		),
	);
	return [
		...violations.flat(),
		...violated({
			'the execution failed': result.error !== null,
			'there is no item': items.length === 0,
			'an item is not plain JSON': !isPlain(items.map(({ json }) => json)),
			'an item is not paired with the input item': items.some(
				({ pairedItem }) => JSON.stringify(pairedItem) !== '{"item":0}',
			),
			'the key is in an item': JSON.stringify(items.map(({ json }) => json)).includes(apiKey),
		}),
	];
}

/** Lists what is wrong with the end of a run without Continue. */
function endViolations({ error, items, status }: NodeRun, apiKey: string): string[] {
	if (error === null)
		return violated({ 'a success without an item': items.length === 0 || status !== 'success' });
	const { name, message, description, context, stack, messages } = error;
	return violated({
		// n8n passes on a copy of the error, so its class is known by its name only.
		[`unknown class of error: ${name}`]: !['NodeApiError', 'NodeOperationError'].includes(name),
		[`unknown code: ${JSON.stringify(context['code'])}`]: !isCode(context['code']),
		'a text is not readable': !isReadable(message) || !isReadable(description),
		'the key is in the error': JSON.stringify([message, description, context, stack, messages]).includes(
			apiKey,
		),
	});
}

const anyCase = fc.record({
	provider: fc.constantFrom(...providers),
	script: scripts({ withHangs: false }),
	maxCost: fc.constantFrom(null, 1_000),
});
const anyBatch = fc.array(
	anyCase.map((fuzzCase) => ({
		...fuzzCase,
		// Prints the id of the provider instead of its whole catalogue.
		toString: () => JSON.stringify({ ...fuzzCase, provider: fuzzCase.provider.id }),
	})),
	{ minLength: 1, maxLength: MAX_BATCH },
);

/** Runs the cases of a batch concurrently and lists all violations. */
async function runBatch(
	batch: readonly FuzzCase[],
	check: (proxy: Proxy, fuzzCase: FuzzCase, apiKey: string) => Promise<string[]>,
): Promise<string[]> {
	const violations = batch.map(async (fuzzCase, index) => {
		const proxy = proxies[index];
		if (!proxy) throw new Error('There are fewer proxies than cases');
		const { apiKey } = fixture.emulator.providers[fuzzCase.provider.id as ProviderId];
		return await check(proxy, fuzzCase, apiKey);
	});
	return (await Promise.all(violations)).flat();
}

it('returns only valid image and error items with Continue, whatever a provider responds', async () => {
	const property = fc.asyncProperty(anyBatch, async (batch) => {
		expect(
			await runBatch(
				batch,
				async (proxy, fuzzCase, apiKey) =>
					await itemViolations(await run(proxy, fuzzCase, 'continueRegularOutput'), apiKey),
			),
		).toEqual([]);
	});
	await holds(property, 10);
	expect(
		foreign.received.filter((text) =>
			Object.values(fixture.emulator.providers).some(({ apiKey }) => text.includes(apiKey)),
		),
	).toEqual([]);
}, 300_000);

it('ends with an image or an n8n error without Continue, whatever a provider responds', async () => {
	const property = fc.asyncProperty(anyBatch, async (batch) => {
		expect(
			await runBatch(batch, async (proxy, fuzzCase, apiKey) =>
				endViolations(await run(proxy, fuzzCase, 'stopWorkflow'), apiKey),
			),
		).toEqual([]);
	});
	await holds(property, 6);
}, 300_000);
