import type { IExecuteFunctions } from 'n8n-workflow';

import { createEngine, type JobOptions, type JobOutcome, type Provider } from '../../../index';
import { succeed } from '../../../nodes/FluxKontext/core/base/faults';
import { createNodePorts } from '../../../nodes/FluxKontext/transport/ports';
import type { HttpPort } from '../../../nodes/FluxKontext/core/http/ports';
import { countOf, type StoreTrouble } from '../../../tools/docs/reliability/inject';
import { startEmulator, type Emulator, type ProviderId } from '../../../tools/emulator';
import { emulatorCredentials, inContext } from '../../../tools/n8n-core/runNode';
import { drawOnce } from '../../support/draw';
import { inVirtualTime, VirtualClock } from '../../support/virtualClock';
import { startForeignServer, type ForeignServer } from '../foreignServer';
import { editFromUrl, simplestPrepared, storeInMemory } from '../requests';

/**
 * Duration of an emulated job in virtual milliseconds: long enough that every provider with a status endpoint
 * is polled, although Replicate holds the response to a submit for 5 s.
 */
const timing = { queueMs: 2_000, runMs: 5_000 };

/** Run of one job. */
export interface MatrixRun {
	outcome: JobOutcome<Buffer>;
	/** Virtual milliseconds. */
	tookMs: number;
	/** Decompressed bytes of the longest response. */
	longestResponse: number;
}

/** Deviations of a run from the usual one. */
export interface MatrixOptions {
	store?: StoreTrouble | undefined;
	/** Edits the sample image, which is given by its URL and read as the node does. Default: false. */
	fromUrl?: boolean;
}

/** The node's transport inside n8n-core against the emulator, in virtual time. */
export interface MatrixFixture {
	emulator: Emulator;
	clock: VirtualClock;
	/** Target of redirects. */
	foreign: ForeignServer;
	/** Runs one job with the simplest request that the provider takes. */
	run(provider: Provider, timeoutMs: number, options?: MatrixOptions): Promise<MatrixRun>;
	/** Clears the emulator and the recorded requests. */
	clear(): void;
	close(): Promise<void>;
}

/** Requests links from the emulated server that otherwise alternates between links and inline images. */
const additionalFieldsOf = ({ id }: Provider) =>
	id === 'openAiCompatible' ? { response_format: 'url' } : {};

/** Wraps an HTTP port to measure the longest response. */
function measured(port: HttpPort): { http: HttpPort; longest: () => number } {
	let longest = 0;
	async function* count(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
		let bytes = 0;
		for await (const chunk of body) {
			bytes += chunk.length;
			longest = Math.max(longest, bytes);
			yield chunk;
		}
	}
	const open: HttpPort['open'] = async (call) => {
		const answer = await port.open(call);
		return answer.kind === 'noAnswer' ? answer : { ...answer, body: count(answer.body) };
	};
	return { http: { open }, longest: () => longest };
}

/** Outcome of a run that ended before its submit. */
const notSubmitted = { job: null, polls: 0, totalMs: 0 };

/** Returns a store in memory that refuses images, or that never ends, as often as the fault says. */
function storeWith(trouble: StoreTrouble | undefined): JobOptions<Buffer>['store'] {
	let remaining = trouble ? countOf[trouble.times] : 0;
	return async (...image) => {
		if (remaining < 1) return await storeInMemory(...image);
		remaining -= 1;
		if (trouble?.kind === 'storeFails')
			throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
		await storeInMemory(...image);
		return await new Promise<never>(() => undefined);
	};
}

/** Starts the emulator and the server that redirects lead to. */
export async function startMatrixFixture(): Promise<MatrixFixture> {
	const clock = new VirtualClock();
	const engine = createEngine();
	const emulator = await startEmulator({ timing, clock, draw: drawOnce });
	const foreign = await startForeignServer(emulator.sampleImage.bytes);

	const runJob = async (
		context: IExecuteFunctions,
		provider: Provider,
		timeoutMs: number,
		{ store, fromUrl = false }: MatrixOptions,
	): Promise<MatrixRun> => {
		const nodePorts = createNodePorts(context, provider.credential);
		const virtualPorts = inVirtualTime(nodePorts, clock);
		const { http, longest } = measured(virtualPorts.http);
		const ports = { ...virtualPorts, http, random: () => 0.5 };
		const { signal } = new AbortController();
		const startedAt = clock.now();
		const { baseUrl } = emulator.providers[provider.id as ProviderId];
		const prepared = fromUrl
			? await editFromUrl({ context, ports, provider, baseUrl, signal, timeoutMs }, emulator)
			: succeed(simplestPrepared(provider, emulator, additionalFieldsOf(provider)));
		if (!prepared.ok) {
			const outcome = { ...notSubmitted, result: prepared };
			return { outcome, tookMs: clock.now() - startedAt, longestResponse: longest() };
		}
		const outcome = await engine.runJob(
			{ provider, baseUrl, ports, deadline: clock.now() + timeoutMs, signal },
			prepared.value,
			{ store: storeWith(store), cancelOnTimeout: true },
		);
		return { outcome, tookMs: clock.now() - startedAt, longestResponse: longest() };
	};

	return {
		emulator,
		clock,
		foreign,
		run: async (provider, timeoutMs, options = {}) =>
			await inContext(
				{
					parameters: { resource: 'image', provider: provider.id, prompt: 'a red fox' },
					credentials: emulatorCredentials(emulator),
				},
				async (context) => await runJob(context, provider, timeoutMs, options),
			),
		clear: () => {
			emulator.clear();
			foreign.received.length = 0;
		},
		close: async () => {
			await Promise.all([emulator.close(), foreign.close()]);
		},
	};
}
