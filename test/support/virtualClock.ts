import type { HttpCall, HttpPort, OpenResponse, Ports } from '../../nodes/FluxKontext/core/http/ports';
import type { EmulatorClock, Phase } from '../../tools/emulator/clock';

export const START = Date.parse('2026-11-20T12:00:00Z');

interface Timer {
	at: number;
	wake: () => void;
}

/**
 * A clock that stands still while a request is under way, and otherwise jumps to the next timer: waits take no real
 * time, while HTTP is real. A request that the server leaves hanging does not hold the clock.
 */
export class VirtualClock implements EmulatorClock {
	// Coarse, so that a minute of holding is not thousands of looks.
	readonly lookMs = 250;
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
		this.#stuck.delete(call);
		this.#look();
	}

	/** Nothing more comes of a call, for now, since that phase of it. */
	stuck(call: number, since: Phase): void {
		this.#stuck.set(call, since);
		this.#look();
	}

	/** It goes on after all. */
	freed(call: number): void {
		this.#stuck.delete(call);
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
			if (this.#frozen || [...this.#calls].some(([call, phase]) => this.#stuck.get(call) !== phase))
				return;
			const [next] = [...this.#timers].sort((a, b) => a.at - b.at);
			if (!next) return;
			this.#now = Math.max(this.#now, next.at);
			next.wake();
			this.#look();
		});
	}
}

/** Counts a call as under way until its answer is read or let go of. */
export function watched(port: HttpPort, clock: VirtualClock): HttpPort {
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
			const answer = await port.open({
				...request,
				headers: { ...request.headers, 'x-test-call': String(call) },
			});
			if (answer.kind === 'noAnswer') {
				clock.end(call);
				return answer;
			}
			clock.answered(call);
			return { ...answer, body: body(answer, call) };
		},
	};
}

/** The same world in virtual time. */
export function inVirtualTime<P extends Ports>(ports: P, clock: VirtualClock): P {
	return { ...ports, http: watched(ports.http, clock), sleep: clock.sleep, now: clock.now };
}
