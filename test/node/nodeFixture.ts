import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import type { Polling, Provider } from '../../nodes/FluxKontext/core/provider';
import { providers } from '../../nodes/FluxKontext/providers';
import {
	startEmulator,
	type EmulatedJob,
	type Emulator,
	type ImageFormat,
	type ProviderId,
	type RecordedRequest,
	type Stage,
} from '../../tools/emulator';
import { drawPicture } from '../../tools/emulator/picture';
import {
	emulatorCredentials,
	runNode,
	type InputItem,
	type NodeRun,
	type NodeRunOptions,
} from '../../tools/n8n-core/runNode';

/** Long enough for jobs to be seen at work, short enough to wait for. */
const quick = { queueMs: 10, runMs: 40 };
const fast: Polling = { firstDelayMs: 20, intervalMs: 20, shortestMs: 20, maxIntervalMs: 40 };

export const providerIds = [
	'blackForestLabs',
	'theRouter',
	'runpod',
] as const satisfies readonly ProviderId[];
/** The providers that the node tests go through one by one; the contract suite goes through all. */
export type BenchProvider = (typeof providerIds)[number];

export function providerOf(id: ProviderId): Provider {
	const provider = providers.find((candidate) => candidate.id === id);
	if (!provider) throw new Error(`There is no provider ${id}`);
	return provider;
}

export type RunOptions = Partial<Omit<NodeRunOptions, 'parameters'>>;

export interface NodeFixture {
	emulator: Emulator;
	/** Runs the node against the emulator. */
	run(parameters: INodeParameters, options?: RunOptions): Promise<NodeRun>;
	/** The recorded requests of one stage. */
	sent(stage: Stage): RecordedRequest[];
	/** The bodies of all submits, in the order of their arrival. */
	submitted(): unknown[];
}

/** One emulator for the tests of a file, emptied before each of them, and providers that are asked every 20 ms. */
export function useNodeFixture(): NodeFixture {
	const held = {} as { emulator: Emulator };
	beforeAll(async () => {
		held.emulator = await startEmulator({ timing: quick });
		for (const provider of providers) Object.assign(provider, { polling: { ...fast } });
	});
	beforeEach(() => {
		held.emulator.clear();
		Object.assign(held.emulator.timing, quick);
	});
	afterAll(async () => await held.emulator.close());
	const sent = (stage: Stage) => held.emulator.requests.filter((request) => request.stage === stage);
	return {
		get emulator() {
			return held.emulator;
		},
		run: async (parameters, options = {}) =>
			await runNode({
				credentials: emulatorCredentials(held.emulator),
				...options,
				parameters: { resource: 'image', ...parameters },
			}),
		sent,
		submitted: () => sent('submit').map(({ body }) => body),
	};
}

/** n8n itself drops the options that the panel does not show for a provider, unless an expression names the provider. */
export const switched = (provider: string, model: string): INodeParameters => ({
	provider: `={{ "${provider}" }}`,
	model: { __rl: true, mode: 'id', value: model },
});

/** A true image file of one colour scheme, in any size and type. */
export async function picture(width: number, height: number, format: ImageFormat = 'png'): Promise<Buffer> {
	return await drawPicture({ prompt: 'input', seed: 1, width, height, format, inputs: [] });
}

/** An item with one binary field. */
export const withBinary = (
	bytes: Buffer,
	field = 'data',
	fileName = 'photo.png',
	mimeType = 'image/png',
): InputItem => ({
	binary: { [field]: { bytes, fileName, mimeType } },
});

/** A server whose image comes only after a while, so that a provider that fetches it answers late. */
export async function slowImage(
	bytes: Buffer,
	delayMs: number,
): Promise<{ url: string; close: () => Promise<void> }> {
	const server = createServer((_, response) => {
		setTimeout(() => response.writeHead(200, { 'content-type': 'image/png' }).end(bytes), delayMs);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	const close = async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	};
	return { url: `http://127.0.0.1:${port}/slow.png`, close };
}

/** Asks again until it is so; gives up after 10 s. */
export async function until(isSo: () => boolean): Promise<void> {
	for (let tries = 0; tries < 1000; tries += 1) {
		if (isSo()) return;
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
	throw new Error('It did not come true');
}

/** How many of the jobs were at work at the same time, at most. */
export function mostAtOnce(jobs: readonly EmulatedJob[]): number {
	return Math.max(
		...jobs.map(
			({ acceptedAt: now }) =>
				jobs.filter(({ acceptedAt, endsAt }) => acceptedAt <= now && now < endsAt).length,
		),
	);
}

/** The job that an output item came from. */
export function jobOf({ jobs }: Emulator, item: INodeExecutionData | undefined): EmulatedJob {
	const id = (item?.json['job'] as { id?: string } | undefined)?.id;
	const job = jobs.find((candidate) => candidate.id === id);
	if (!job) throw new Error(`The emulator knows no job ${id}`);
	return job;
}
