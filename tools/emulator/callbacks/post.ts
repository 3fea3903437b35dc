import axios from 'axios';
import type { EmulatorClock } from '../clock';

export interface Posted {
	url: string;
	body: string;
	headers: Record<string, string>;
	timeoutMs: number;
}

/** Posts by the emulator's clock, which stands still while a call is on its way. */
export class CallbackPost {
	#calls = new AbortController();

	constructor(readonly clock: EmulatorClock) {}

	/** The status of the answer; 0 if none came in time. */
	async send({ url, body, headers, timeoutMs }: Posted): Promise<number | 'stopped'> {
		const { signal: stopped } = this.#calls;
		const call = this.clock.begin?.();
		const [done, tooLong] = [new AbortController(), new AbortController()];
		void this.clock.sleep(timeoutMs, done.signal).then(() => tooLong.abort());
		try {
			// As bytes, because axios changes a text that is JSON.
			const { status } = await axios.post(url, Buffer.from(body), {
				headers: {
					'content-type': 'application/json',
					...headers,
					...(call !== undefined && { 'x-test-call': String(call) }),
				},
				validateStatus: () => true,
				maxRedirects: 0,
				proxy: false,
				signal: AbortSignal.any([stopped, tooLong.signal]),
			});
			return status;
		} catch {
			return stopped.aborted ? 'stopped' : 0;
		} finally {
			done.abort();
			if (call !== undefined) this.clock.end?.(call);
		}
	}

	stop(): void {
		this.#calls.abort();
		this.#calls = new AbortController();
	}
}
