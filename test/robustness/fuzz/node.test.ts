import fc from 'fast-check';
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { providers, type Provider } from '../../../index';
import { simplest } from '../../contract/contractFixture';
import type { ProviderId } from '../../../tools/emulator';
import { readImage } from '../../../tools/emulator/picture';
import { picture, useNodeFixture, withBinary } from '../../node/nodeFixture';
import { emulatorCredentials, type NodeRun } from '../../../tools/n8n-core/runNode';
import { scripts, type Script } from './mutations';
import { startProxy, type Proxy } from './proxy';
import { startTrap, type Trap } from './fuzzFixture';
import { found, isCode, isPlain, isReadable } from './rules';
import { holds } from './seed';

/** Runs at a time, each behind a proxy of its own: most of their time is waiting. */
const LANES = 12;
const bench = useNodeFixture();
const proxies: Proxy[] = [];
let trap: Trap;
let input: Buffer;

beforeAll(async () => {
	// Limits of submits per time would only make the runs wait.
	for (const { submitRate } of providers) if (submitRate) submitRate.ms = 0;
	input = await picture(64, 64);
	trap = await startTrap(bench.emulator.sampleImage.bytes);
	const started = Array.from(
		{ length: LANES },
		async () =>
			await startProxy({
				emulator: bench.emulator,
				trap: trap.origin,
				trusted: 'https://nobody.invalid',
			}),
	);
	proxies.push(...(await Promise.all(started)));
});
afterAll(async () => {
	await Promise.all([trap, ...proxies].map(async (server) => await server.close()));
});

interface Lane {
	provider: Provider;
	script: Script;
	/** What the answer to the question for the price would only spoil where one is asked. */
	maxCost: number | null;
}

async function run(
	proxy: Proxy,
	{ provider, script, maxCost }: Lane,
	onError: 'continueRegularOutput' | 'stopWorkflow',
): Promise<NodeRun> {
	const { apiKey, baseUrl } = bench.emulator.providers[provider.id as ProviderId];
	proxy.play(script);
	// An answer may say the key back.
	proxy.places.KEY = apiKey;
	const credentials = {
		...emulatorCredentials(bench.emulator),
		[provider.credential]: { apiKey, baseUrl: baseUrl.replace(bench.emulator.origin, proxy.origin) },
	};
	const { operation } = simplest(provider).request;
	const parameters: INodeParameters = {
		provider: provider.id,
		operation,
		prompt: 'a red fox',
		options: { timeout: 1, ...(maxCost !== null && { maxCost }) },
	};
	return await bench.run(parameters, {
		credentials,
		onError,
		items: operation === 'edit' ? [withBinary(input)] : [{}],
	});
}

const keysOf = (json: object): string => Object.keys(json).sort().join(' ');

function ofError({ json, binary }: INodeExecutionData): string[] {
	const { error, details } = json as { error: unknown; details: Record<string, unknown> };
	return found({
		[`the keys of an error: ${keysOf(json)}`]: keysOf(json) !== 'details error',
		[`the keys of its details: ${keysOf(details)}`]:
			keysOf(details) !== 'code description httpStatus job provider providerStatus retryable',
		[`an unknown code: ${String(details['code'])}`]: !isCode(details['code']),
		'a text that nobody can read': !isReadable(error) || !isReadable(details['description']),
		'an image with an error': binary !== undefined,
	});
}

async function ofImage(done: NodeRun, item: INodeExecutionData): Promise<string[]> {
	const facts = await readImage(await done.binary(item));
	const { image } = item.json as { image: { mimeType: string; width: number; height: number } };
	return found({
		[`the keys of an item: ${keysOf(item.json)}`]:
			keysOf(item.json) !== 'image job revisedPrompt seed usage warnings',
		'an image that cannot be read': !facts,
		'an image that is another than the item says':
			facts?.mimeType !== image.mimeType ||
			facts.width !== image.width ||
			facts.height !== image.height,
	});
}

async function ofItems(done: NodeRun, apiKey: string): Promise<string[]> {
	const { items } = done;
	const each = await Promise.all(
		items.map(async (item) => ('error' in item.json ? ofError(item) : await ofImage(done, item))),
	);
	return [
		...each.flat(),
		...found({
			'an execution that failed': done.error !== null,
			'no item': items.length === 0,
			'an item that is no plain JSON': !isPlain(items.map(({ json }) => json)),
			'an item that belongs to no other': items.some(
				({ pairedItem }) => JSON.stringify(pairedItem) !== '{"item":0}',
			),
			'the key is in an item': JSON.stringify(items.map(({ json }) => json)).includes(apiKey),
		}),
	];
}

function ofStop({ error, items, status }: NodeRun, apiKey: string): string[] {
	if (error === null)
		return found({ 'a success without an item': items.length === 0 || status !== 'success' });
	const { message, description, context } = error;
	return found({
		// n8n hands on a copy of the error.
		[`an error of no type: ${error.name}`]: !['NodeApiError', 'NodeOperationError'].includes(error.name),
		[`an unknown code: ${JSON.stringify(context['code'])}`]: !isCode(context['code']),
		'a text that nobody can read': !isReadable(message) || !isReadable(description),
		'the key is in the error': JSON.stringify([
			message,
			description,
			context,
			error.stack,
			error.messages,
		]).includes(apiKey),
	});
}

const lane = fc.record({
	provider: fc.constantFrom(...providers),
	script: scripts({ patient: false }),
	maxCost: fc.constantFrom(null, 1_000),
});
// A provider would be printed with all that it knows.
const lanes = fc.array(
	lane.map((each) => ({
		...each,
		toString: () => JSON.stringify({ ...each, provider: each.provider.id }),
	})),
	{ minLength: 1, maxLength: LANES },
);

/** All of a batch side by side; what is wrong with each. */
async function batch(
	each: readonly Lane[],
	look: (proxy: Proxy, lane: Lane, apiKey: string) => Promise<string[]>,
): Promise<string[]> {
	const looks = each.map(async (one, index) => {
		const proxy = proxies[index];
		if (!proxy) throw new Error('There are not so many lanes');
		return await look(proxy, one, bench.emulator.providers[one.provider.id as ProviderId].apiKey);
	});
	return (await Promise.all(looks)).flat();
}

it('with Continue, every item is an image or an error as the contract has them, whatever is answered', async () => {
	const property = fc.asyncProperty(lanes, async (each) => {
		expect(
			await batch(
				each,
				async (proxy, one, apiKey) =>
					await ofItems(await run(proxy, one, 'continueRegularOutput'), apiKey),
			),
		).toEqual([]);
	});
	await holds(property, 10);
	expect(
		trap.seen.filter((seen) =>
			Object.values(bench.emulator.providers).some(({ apiKey }) => seen.includes(apiKey)),
		),
	).toEqual([]);
}, 300_000);

it('without Continue, a run ends with its image or with one of the two errors of n8n', async () => {
	const property = fc.asyncProperty(lanes, async (each) => {
		expect(
			await batch(each, async (proxy, one, apiKey) =>
				ofStop(await run(proxy, one, 'stopWorkflow'), apiKey),
			),
		).toEqual([]);
	});
	await holds(property, 6);
}, 300_000);
