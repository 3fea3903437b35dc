import { getEventListeners } from 'node:events';

import type { OpenImage } from '../../../nodes/FluxKontext/core/download';
import type { HttpCall, HttpPort, OpenResponse, Ports } from '../../../nodes/FluxKontext/core/http';
import { runJob, type JobOptions, type JobOutcome } from '../../../nodes/FluxKontext/core/job';
import type { Run } from '../../../nodes/FluxKontext/core/run';
import type { Handle, PreparedRequest, Provider } from '../../../nodes/FluxKontext/core/types';
import { axiosPort } from '../../support/axiosPort';
import { startScriptedServer, type Phase, type ScriptedServer, type ServerClock } from '../../support/scriptedServer';

export const keyHeaders = { 'authorization': 'Bearer sk-the-key', 'x-key': 'sk-the-key' };
export const START = Date.parse('2026-11-20T12:00:00Z');

/** Real milliseconds in which the last answers of a test must have come. */
const QUIET_MS = 5_000;

interface Timer {
	at: number;
	wake: () => void;
}

/**
 * A clock that stands still while a request is under way, and otherwise jumps to the next timer: waits take no real
 * time, while HTTP is real. A request that the server leaves hanging does not hold the clock.
 */
class VirtualClock implements ServerClock {
	#now = START;
	#timers: Timer[] = [];
	#calls = new Map<number, Phase>();
	#stuck = new Map<number, Phase>();
	#count = 0;
	#looking = false;
	#frozen = false;

	readonly now = (): number => this.#now;

	readonly sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
		if (signal.aborted) return;
		await new Promise<void>((resolve) => {
			const timer: Timer = {
				at: this.#now + ms,
				wake: () => {
					this.#timers = this.#timers.filter((each) => each !== timer);
					signal.removeEventListener('abort', timer.wake);
					resolve();
				},
			};
			this.#timers.push(timer);
			signal.addEventListener('abort', timer.wake, { once: true });
			this.#look();
		});
	};

	begin(): number {
		this.#calls.set((this.#count += 1), 'sent');
		return this.#count;
	}

	answered(call: number): void {
		this.#calls.set(call, 'answered');
		this.#look();
	}

	end(call: number): void {
		this.#calls.delete(call);
		this.#look();
	}

	stuck(call: number, since: Phase): void {
		this.#stuck.set(call, since);
		this.#look();
	}

	/** From now on no timer comes due. */
	freeze(): void {
		this.#frozen = true;
	}

	open(): { timers: number; calls: number } {
		return { timers: this.#timers.length, calls: this.#calls.size };
	}

	#look(): void {
		if (this.#looking) return;
		this.#looking = true;
		setImmediate(() => {
			this.#looking = false;
			if (this.#frozen || [...this.#calls].some(([call, phase]) => this.#stuck.get(call) !== phase)) return;
			const [next] = [...this.#timers].sort((a, b) => a.at - b.at);
			if (!next) return;
			this.#now = Math.max(this.#now, next.at);
			next.wake();
			this.#look();
		});
	}
}

/** Counts a call as under way until its answer is read or let go of. */
function watched(port: HttpPort, clock: VirtualClock): HttpPort {
	async function* body(answer: OpenResponse, call: number): AsyncGenerator<Uint8Array> {
		try {
			yield* answer.body;
		} finally {
			clock.end(call);
		}
	}
	return {
		async open(request: HttpCall) {
			const call = clock.begin();
			const answer = await port.open({ ...request, headers: { ...request.headers, 'x-test-call': String(call) } });
			if (answer.kind === 'noAnswer') {
				clock.end(call);
				return answer;
			}
			clock.answered(call);
			return { ...answer, body: body(answer, call) };
		},
	};
}

export interface World {
	server: ScriptedServer;
	/** Another origin, that must never see a key. */
	files: ScriptedServer;
	ports: Ports;
	/** Stops the run. */
	stop: AbortController;
	chance: { value: number };
	run<H extends Handle>(provider: Provider<H>, timeoutMs?: number): Run<H>;
	/** Waits until no request, timer or listener is left; fails if that does not come. */
	quiet(): Promise<void>;
	close(): Promise<void>;
}

export async function startWorld(): Promise<World> {
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
		run: (provider, timeoutMs = 600_000) => ({ provider, baseUrl: server.origin, ports, deadline: clock.now() + timeoutMs, signal: stop.signal }),
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

/** A world for each test of a file, with nothing left open at the end of any. */
export function useWorld(): World {
	const held = {} as World;
	beforeEach(async () => {
		Object.assign(held, await startWorld());
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
	run: Run<H>,
	request: PreparedRequest,
	options: Partial<JobOptions<Buffer>> = {},
): Promise<JobOutcome<Buffer>> {
	return await runJob(run as unknown as Run, request, { store: keep, cancelOnTimeout: true, ...options });
}
