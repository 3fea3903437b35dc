import axios from 'axios';
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
	readonly #timers = new Set<NodeJS.Timeout>();
	#calls = new AbortController();

	send(job: EmulatedJob, webhook: Webhook): void {
		if (!isLoopback(webhook.url) || !Number.isFinite(job.endsAt)) return;
		const waits = [...webhook.retryAfterMs];
		this.#later(job.endsAt - Date.now(), () => void this.#call(job, webhook, waits));
	}

	stop(): void {
		for (const timer of this.#timers) clearTimeout(timer);
		this.#timers.clear();
		this.#calls.abort();
		this.#calls = new AbortController();
	}

	#later(ms: number, run: () => void): void {
		const timer = setTimeout(() => {
			this.#timers.delete(timer);
			run();
		}, ms);
		this.#timers.add(timer);
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
