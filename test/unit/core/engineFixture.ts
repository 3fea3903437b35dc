import { getEventListeners } from 'node:events';

import { createEngineState } from '../../../nodes/FluxKontext/core/engine';
import type { Ports } from '../../../nodes/FluxKontext/core/http/ports';
import type { OpenImage } from '../../../nodes/FluxKontext/core/image/openImage';
import type { JobContext, PollableContext } from '../../../nodes/FluxKontext/core/job/context';
import type { JobRecord } from '../../../nodes/FluxKontext/core/job/record';
import {
	resumeJob,
	runJob,
	type JobOptions,
	type JobOutcome,
	type ResumedOutcome,
	type ResumeOptions,
} from '../../../nodes/FluxKontext/core/job/runJob';
import type { Handle } from '../../../nodes/FluxKontext/core/job/snapshot';
import type { JobProvider, Provider } from '../../../nodes/FluxKontext/core/provider';
import type { PreparedRequest } from '../../../nodes/FluxKontext/core/request/imageRequest';
import { axiosPort } from '../../../tools/support/axiosPort';
import { startScriptedServer, type ScriptedServer } from '../../support/scriptedServer';
import { START, VirtualClock, holdClock } from '../../support/virtualClock';

export { START };
/** Headers that carry the key of these tests. */
export const keyHeaders = { authorization: 'Bearer sk-the-key', 'x-key': 'sk-the-key' };

/** Real milliseconds within which the last responses of a test must have arrived. */
const IDLE_TIMEOUT_MS = 5_000;

/** Creates contexts; that of a `JobProvider` can be polled. */
interface CreateContext {
	<H extends Handle>(provider: JobProvider<H>, timeoutMs?: number): PollableContext<H>;
	<H extends Handle>(provider: Provider<H>, timeoutMs?: number): JobContext<H>;
}

/** An engine in virtual time, with a scripted provider and file server. */
export interface EngineFixture {
	/** The provider's API. */
	server: ScriptedServer;
	/** Another origin, which must never receive a key. */
	files: ScriptedServer;
	ports: Ports;
	/** Stops the run. */
	stop: AbortController;
	/** What the random port returns. Default: 0. */
	random: { value: number };
	/** Creates the context of a job that may take `timeoutMs` milliseconds; default: ten minutes. */
	contextFor: CreateContext;
	/** Waits until no request, timer or listener is left; rejects if some remain. */
	waitUntilIdle(): Promise<void>;
	close(): Promise<void>;
}

/** Starts a fixture; the caller closes it. */
export async function startEngineFixture(): Promise<EngineFixture> {
	const clock = new VirtualClock();
	const [server, files] = await Promise.all([startScriptedServer(clock), startScriptedServer(clock)]);
	const stop = new AbortController();
	const random = { value: 0 };
	const engine = createEngineState();
	const ports: Ports = {
		http: holdClock(axiosPort(keyHeaders), clock),
		sleep: clock.sleep,
		now: clock.now,
		random: () => random.value,
		stop: stop.signal,
		decodeBase64: (text) => Buffer.from(text, 'base64'),
	};
	function contextFor<H extends Handle>(provider: JobProvider<H>, timeoutMs?: number): PollableContext<H>;
	function contextFor<H extends Handle>(provider: Provider<H>, timeoutMs?: number): JobContext<H>;
	function contextFor<H extends Handle>(provider: Provider<H>, timeoutMs = 600_000): JobContext<H> {
		const deadline = clock.now() + timeoutMs;
		return { provider, baseUrl: server.origin, ports, engine, deadline, signal: stop.signal };
	}
	const countOpen = () => ({ ...clock.open(), listeners: getEventListeners(stop.signal, 'abort').length });
	return {
		server,
		files,
		ports,
		stop,
		random,
		contextFor,
		waitUntilIdle: async () => {
			// A timer that was not cleared remains visible, instead of firing.
			clock.freeze();
			const end = Date.now() + IDLE_TIMEOUT_MS;
			while (Date.now() < end && Object.values(countOpen()).some((count) => count > 0)) {
				await new Promise((resolve) => setImmediate(resolve));
			}
			expect(countOpen()).toEqual({ timers: 0, calls: 0, listeners: 0 });
		},
		close: async () => {
			await Promise.all([server.close(), files.close()]);
		},
	};
}

/** Provides each test of a file with a fixture, and checks that the test leaves nothing open. */
export function useEngineFixture(): EngineFixture {
	const current = {} as EngineFixture;
	beforeEach(async () => {
		Object.assign(current, await startEngineFixture());
	});
	afterEach(async () => {
		try {
			await current.waitUntilIdle();
		} finally {
			await current.close();
		}
	});
	return current;
}

/** Stores an image in memory: returns all its bytes. */
export async function storeInMemory({ chunks }: OpenImage): Promise<Buffer> {
	const parts: Uint8Array[] = [];
	for await (const chunk of chunks) parts.push(chunk);
	return Buffer.concat(parts);
}

/** Runs one job, with its images stored in memory. */
export async function runToEnd<H extends Handle>(
	context: JobContext<H>,
	request: PreparedRequest,
	options: Partial<JobOptions<Buffer>> = {},
): Promise<JobOutcome<Buffer>> {
	return await runJob(context.engine, context as unknown as JobContext, request, {
		store: storeInMemory,
		cancelOnTimeout: true,
		...options,
	});
}

/** Resumes a job of an earlier run, in this context. */
export async function resumeRecord<H extends Handle>(
	context: JobContext<H>,
	job: JobRecord<H>,
	options: ResumeOptions<Buffer>,
): Promise<ResumedOutcome<Buffer>> {
	return await resumeJob(context.engine, context, job, options);
}
