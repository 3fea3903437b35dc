import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { createEngine } from '../../index';
import type { Provider } from '../../nodes/FluxKontext/core/provider';
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
import { quickPolicy } from '../support/quickPolicy';

/** Duration of an emulated job in milliseconds: long enough to be polled while it is pending. */
const timing = { queueMs: 10, runMs: 40 };

export const providerIds = [
	'blackForestLabs',
	'theRouter',
	'runpod',
] as const satisfies readonly ProviderId[];
/** Provider that the node tests use; the contract suite covers all of them. */
export type TestedProvider = (typeof providerIds)[number];

/** Returns a provider of the registry. Throws if there is none. */
export function providerOf(id: ProviderId): Provider {
	const provider = providers.find((candidate) => candidate.id === id);
	if (!provider) throw new Error(`There is no provider ${id}`);
	return provider;
}

/** Options of a run besides the parameters of the node. */
export type RunOptions = Partial<Omit<NodeRunOptions, 'parameters'>>;

/** The node inside n8n-core, with an emulator. */
export interface NodeFixture {
	readonly emulator: Emulator;
	/** Runs the node against the emulator. */
	run(parameters: INodeParameters, options?: RunOptions): Promise<NodeRun>;
	/** Lists the recorded requests of one stage. */
	sent(stage: Stage): RecordedRequest[];
	/** Lists the bodies of all submits in the order of their arrival. */
	submitted(): unknown[];
}

/**
 * Starts an emulator for the tests of a file and clears it before each test. The engine of the node polls it
 * every 20 ms.
 */
export function useNodeFixture(): NodeFixture {
	const started = {} as { emulator: Emulator };
	const engine = createEngine({ policy: quickPolicy });
	beforeAll(async () => {
		started.emulator = await startEmulator({ timing });
	});
	beforeEach(() => {
		started.emulator.clear();
		Object.assign(started.emulator.timing, timing);
	});
	afterAll(async () => await started.emulator.close());
	const sent = (stage: Stage) => started.emulator.requests.filter((request) => request.stage === stage);
	return {
		get emulator() {
			return started.emulator;
		},
		run: async (parameters, options = {}) =>
			await runNode({
				engine,
				credentials: emulatorCredentials(started.emulator),
				...options,
				parameters: { resource: 'image', ...parameters },
			}),
		sent,
		submitted: () => sent('submit').map(({ body }) => body),
	};
}

/**
 * Returns parameters that choose a provider by an expression. n8n drops the options that the panel hides for
 * a provider, unless an expression names the provider.
 */
export const switched = (provider: string, model: string): INodeParameters => ({
	provider: `={{ "${provider}" }}`,
	model: { __rl: true, mode: 'id', value: model },
});

/** Draws an image file of the given size and format. */
export async function picture(width: number, height: number, format: ImageFormat = 'png'): Promise<Buffer> {
	return await drawPicture({ prompt: 'input', seed: 1, width, height, format, inputs: [] });
}

/** Creates an item with one binary field. */
export const withBinary = (
	bytes: Buffer,
	field = 'data',
	fileName = 'photo.png',
	mimeType = 'image/png',
): InputItem => ({
	binary: { [field]: { bytes, fileName, mimeType } },
});

/** Starts a server that delays its image, so that a provider that fetches it answers late. */
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

/** Milliseconds between two checks of a condition. */
const CHECK_MS = 10;
/** Milliseconds after which a condition counts as failed. */
const MAX_WAIT_MS = 10_000;

/** Waits until a condition is met. Rejects after 10 s. */
export async function until(isMet: () => boolean): Promise<void> {
	for (let waitedMs = 0; waitedMs < MAX_WAIT_MS; waitedMs += CHECK_MS) {
		if (isMet()) return;
		await new Promise((resolve) => setTimeout(resolve, CHECK_MS));
	}
	throw new Error('The condition was not met within 10 s');
}

/** Returns the largest number of jobs that were unfinished at the same time. */
export function maxUnfinished(jobs: readonly EmulatedJob[]): number {
	return Math.max(
		...jobs.map(
			({ acceptedAt: now }) =>
				jobs.filter(({ acceptedAt, endsAt }) => acceptedAt <= now && now < endsAt).length,
		),
	);
}

/** Returns the emulated job of an output item. Throws if the emulator does not know it. */
export function jobOf({ jobs }: Emulator, item: INodeExecutionData | undefined): EmulatedJob {
	const id = (item?.json['job'] as { id?: string } | undefined)?.id;
	const job = jobs.find((candidate) => candidate.id === id);
	if (!job) throw new Error(`The emulator knows no job ${id}`);
	return job;
}
