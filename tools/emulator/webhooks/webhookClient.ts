import axios from 'axios';
import type { EmulatorClock } from '../clock';

/** A request to a webhook URL. */
export interface WebhookRequest {
	url: string;
	body: string;
	headers: Record<string, string>;
	timeoutMs: number;
}

/** Sends webhook requests. A virtual clock stands still while a request is under way. */
export class WebhookClient {
	#abort = new AbortController();

	constructor(readonly clock: EmulatorClock) {}

	/**
	 * Sends a request once, without following redirects. Resolves with the status of the response, with 0 if
	 * none came in time, and with `stopped` if the client was stopped meanwhile. Never rejects.
	 */
	async send({ url, body, headers, timeoutMs }: WebhookRequest): Promise<number | 'stopped'> {
		const { signal: stopped } = this.#abort;
		const call = this.clock.begin?.();
		const [done, timeout] = [new AbortController(), new AbortController()];
		void this.clock.sleep(timeoutMs, done.signal).then(() => timeout.abort());
		try {
			// Sent as bytes, because axios changes a text that is JSON.
			const { status } = await axios.post(url, Buffer.from(body), {
				headers: {
					'content-type': 'application/json',
					...headers,
					...(call !== undefined && { 'x-test-call': String(call) }),
				},
				validateStatus: () => true,
				maxRedirects: 0,
				proxy: false,
				signal: AbortSignal.any([stopped, timeout.signal]),
			});
			return status;
		} catch {
			return stopped.aborted ? 'stopped' : 0;
		} finally {
			done.abort();
			if (call !== undefined) this.clock.end?.(call);
		}
	}

	/** Aborts all requests that are under way. The client can be used again afterwards. */
	stop(): void {
		this.#abort.abort();
		this.#abort = new AbortController();
	}
}
