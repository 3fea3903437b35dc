import axios from 'axios';
import type { EmulatorClock } from './clock';
import { isLoopback } from './net';
import type { EmulatedJob } from './types';

/** What a provider posts when a job has ended. */
export interface Webhook {
	url: string;
	body: (job: EmulatedJob) => unknown;
	headers?: (rawBody: string) => Record<string, string>;
	/** The waits before each further try of a call that failed. */
	retryAfterMs: readonly number[];
}

const timeoutMs = 30_000;

/** Calls the webhooks at the time their jobs end, on this machine only. */
export class Courier {
	readonly #waits = new Set<AbortController>();
	#calls = new AbortController();

	constructor(readonly clock: EmulatorClock) {}

	send(job: EmulatedJob, webhook: Webhook): void {
		if (!isLoopback(webhook.url) || !Number.isFinite(job.endsAt)) return;
		const waits = [...webhook.retryAfterMs];
		this.#later(job.endsAt - this.clock.now(), () => void this.#call(job, webhook, waits));
	}

	stop(): void {
		for (const wait of this.#waits) wait.abort();
		this.#waits.clear();
		this.#calls.abort();
		this.#calls = new AbortController();
	}

	#later(ms: number, run: () => void): void {
		const wait = new AbortController();
		this.#waits.add(wait);
		void this.clock.sleep(ms, wait.signal).then(() => {
			this.#waits.delete(wait);
			if (!wait.signal.aborted) run();
		});
	}

	async #call(job: EmulatedJob, webhook: Webhook, waits: number[]): Promise<void> {
		const { signal } = this.#calls;
		const raw = JSON.stringify(webhook.body(job));
		try {
			await axios.post(webhook.url, raw, {
				headers: { 'content-type': 'application/json', ...webhook.headers?.(raw) },
				timeout: timeoutMs,
				maxRedirects: 0,
				proxy: false,
				signal,
			});
		} catch {
			const wait = waits.shift();
			if (wait !== undefined && !signal.aborted)
				this.#later(wait, () => void this.#call(job, webhook, waits));
		}
	}
}
