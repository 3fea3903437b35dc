import type { HttpCall, HttpPort, OpenResponse, Ports } from '../../nodes/FluxKontext/core/http/ports';
import type { EmulatorClock, Phase } from '../../tools/emulator/clock';

/** When virtual time starts, in milliseconds since the epoch. */
export const START = Date.parse('2026-11-20T12:00:00Z');

interface Timer {
	at: number;
	fire: () => void;
}

/**
 * Clock that stands still while a request is in flight, and otherwise jumps to the next timer: waits take no
 * real time, while HTTP is real. A request that the server reports as stuck does not hold the clock.
 */
export class VirtualClock implements EmulatorClock {
	// Coarse, so that a request that is held for a minute does not cause thousands of checks.
	readonly checkMs = 250;
	#now = START;
	#timers: Timer[] = [];
	#calls = new Map<number, Phase>();
	#stuck = new Map<number, Phase>();
	#callCount = 0;
	#isScheduled = false;
	#frozen = false;

	readonly now = (): number => this.#now;

	readonly sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
		if (signal.aborted) return;
		await new Promise<void>((resolve) => {
			const timer: Timer = {
				at: this.#now + ms,
				fire: () => {
					this.#timers = this.#timers.filter((other) => other !== timer);
					signal.removeEventListener('abort', timer.fire);
					resolve();
				},
			};
			this.#timers.push(timer);
			signal.addEventListener('abort', timer.fire, { once: true });
			this.#scheduleAdvance();
		});
	};

	/** Announces a request. Returns its number. */
	begin(): number {
		this.#calls.set((this.#callCount += 1), 'sent');
		return this.#callCount;
	}

	/** Announces that the headers of a response have arrived. */
	answered(call: number): void {
		this.#calls.set(call, 'answered');
		this.#scheduleAdvance();
	}

	/** Announces that a request has ended. */
	end(call: number): void {
		this.#calls.delete(call);
		this.#stuck.delete(call);
		this.#scheduleAdvance();
	}

	/** Reports that nothing more comes of a request beyond that phase, for now. */
	stuck(call: number, since: Phase): void {
		this.#stuck.set(call, since);
		this.#scheduleAdvance();
	}

	/** Revokes `stuck`: the request continues. */
	freed(call: number): void {
		this.#stuck.delete(call);
	}

	/** Stops time: no timer fires from now on. */
	freeze(): void {
		this.#frozen = true;
	}

	/** Counts the timers and requests that are still open. */
	open(): { timers: number; calls: number } {
		return { timers: this.#timers.length, calls: this.#calls.size };
	}

	#scheduleAdvance(): void {
		if (this.#isScheduled) return;
		this.#isScheduled = true;
		setImmediate(() => {
			this.#isScheduled = false;
			if (this.#frozen || [...this.#calls].some(([call, phase]) => this.#stuck.get(call) !== phase))
				return;
			const [next] = [...this.#timers].sort((a, b) => a.at - b.at);
			if (!next) return;
			this.#now = Math.max(this.#now, next.at);
			next.fire();
			this.#scheduleAdvance();
		});
	}
}

/** Wraps an HTTP port so that the clock stands still until each response is read or abandoned. */
export function holdClock(port: HttpPort, clock: VirtualClock): HttpPort {
	async function* readBody({ body }: OpenResponse, call: number): AsyncGenerator<Uint8Array> {
		try {
			yield* body;
		} finally {
			clock.end(call);
		}
	}
	return {
		async open(request: HttpCall) {
			const call = clock.begin();
			const response = await port.open({
				...request,
				headers: { ...request.headers, 'x-test-call': String(call) },
			});
			if (response.kind === 'noAnswer') {
				clock.end(call);
				return response;
			}
			clock.answered(call);
			return { ...response, body: readBody(response, call) };
		},
	};
}

/** Returns these ports with the time of a virtual clock. */
export function inVirtualTime<P extends Ports>(ports: P, clock: VirtualClock): P {
	return { ...ports, http: holdClock(ports.http, clock), sleep: clock.sleep, now: clock.now };
}
