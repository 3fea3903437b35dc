import { getEventListeners } from 'node:events';

import type { OpenImage } from '../../../nodes/FluxKontext/core/image/download';
import type { Ports } from '../../../nodes/FluxKontext/core/http/ports';
import { runJob, type JobOptions, type JobOutcome } from '../../../nodes/FluxKontext/core/job/runJob';
import type { JobContext } from '../../../nodes/FluxKontext/core/job/context';
import type { Handle, PreparedRequest, Provider } from '../../../nodes/FluxKontext/core/provider';
import { axiosPort } from '../../../tools/support/axiosPort';
import { startScriptedServer, type ScriptedServer } from '../../support/scriptedServer';
import { START, VirtualClock, watched } from '../../support/virtualClock';

export { START };
export const keyHeaders = { authorization: 'Bearer sk-the-key', 'x-key': 'sk-the-key' };

/** Real milliseconds in which the last answers of a test must have come. */
const QUIET_MS = 5_000;

export interface EngineFixture {
	server: ScriptedServer;
	/** Another origin, that must never see a key. */
	files: ScriptedServer;
	ports: Ports;
	/** Stops the run. */
	stop: AbortController;
	chance: { value: number };
	run<H extends Handle>(provider: Provider<H>, timeoutMs?: number): JobContext<H>;
	/** Waits until no request, timer or listener is left; fails if that does not come. */
	quiet(): Promise<void>;
	close(): Promise<void>;
}

export async function startEngineFixture(): Promise<EngineFixture> {
	const clock = new VirtualClock();
	const [server, files] = await Promise.all([startScriptedServer(clock), startScriptedServer(clock)]);
	const stop = new AbortController();
	const chance = { value: 0 };
	const ports: Ports = {
		http: watched(axiosPort(keyHeaders), clock),
		sleep: clock.sleep,
		now: clock.now,
		random: () => chance.value,
		stop: stop.signal,
		decodeBase64: (text) => Buffer.from(text, 'base64'),
	};
	const left = () => ({ ...clock.open(), listeners: getEventListeners(stop.signal, 'abort').length });
	return {
		server,
		files,
		ports,
		stop,
		chance,
		run: (provider, timeoutMs = 600_000) => ({
			provider,
			baseUrl: server.origin,
			ports,
			deadline: clock.now() + timeoutMs,
			signal: stop.signal,
		}),
		quiet: async () => {
			// A timer that nobody cleared shows, instead of coming due.
			clock.freeze();
			const end = Date.now() + QUIET_MS;
			while (Date.now() < end && Object.values(left()).some((count) => count > 0)) {
				await new Promise((resolve) => setImmediate(resolve));
			}
			expect(left()).toEqual({ timers: 0, calls: 0, listeners: 0 });
		},
		close: async () => {
			await Promise.all([server.close(), files.close()]);
		},
	};
}

/** A fixture for each test of a file, with nothing left open at the end of any. */
export function useEngineFixture(): EngineFixture {
	const held = {} as EngineFixture;
	beforeEach(async () => {
		Object.assign(held, await startEngineFixture());
	});
	afterEach(async () => {
		try {
			await held.quiet();
		} finally {
			await held.close();
		}
	});
	return held;
}

/** All bytes of an image, as a store that keeps them in memory. */
export async function keep({ chunks }: OpenImage): Promise<Buffer> {
	const parts: Uint8Array[] = [];
	for await (const chunk of chunks) parts.push(chunk);
	return Buffer.concat(parts);
}

export async function runToEnd<H extends Handle>(
	run: JobContext<H>,
	request: PreparedRequest,
	options: Partial<JobOptions<Buffer>> = {},
): Promise<JobOutcome<Buffer>> {
	return await runJob(run as unknown as JobContext, request, {
		store: keep,
		cancelOnTimeout: true,
		...options,
	});
}
