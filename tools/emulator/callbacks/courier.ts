import { randomBytes } from 'node:crypto';
import type { EmulatorClock } from '../clock';
import type { FaultQueue } from '../faults';
import { isLoopback } from '../net';
import type { EmulatedJob, Fault, ProviderId, RecordedCallback } from '../types';
import type { Callback, Message } from './callback';
import { CallbackPost } from './post';
import { rawJson } from './rawJson';

/** A message on its way. */
interface Letter {
	job: EmulatedJob;
	callback: Callback;
	message: Message;
	messageId: string;
	/** What the first try has sent, the further ones send again. */
	raw?: string;
	waits: readonly number[];
	copies: number;
	/** Written by somebody who does not have the key. */
	isForged: boolean;
}

const defaultLateMs = 60_000;
const timeOf = { start: 'startsAt', end: 'endsAt' } as const;

/** Posts the callbacks when it is time for them, to this machine only. */
export class Courier {
	readonly sent: RecordedCallback[] = [];
	readonly #waits = new Set<AbortController>();
	readonly #callbacks = new WeakMap<EmulatedJob, Callback>();
	readonly #early = new Map<EmulatedJob, Promise<void>>();
	readonly #post: CallbackPost;

	constructor(
		readonly clock: EmulatorClock,
		readonly faults: FaultQueue,
	) {
		this.#post = new CallbackPost(clock);
	}

	/** What is going to happen to the callback of the job that is about to be accepted. */
	faultFor(provider: ProviderId, { url }: Callback): Fault | undefined {
		return isLoopback(url) ? this.faults.take('callback', provider) : undefined;
	}

	send(job: EmulatedJob, callback: Callback, fault: Fault | undefined): void {
		if (!isLoopback(callback.url) || fault?.kind === 'lost') return;
		this.#callbacks.set(job, callback);
		const letters = callback.messages.map((message) => letterOf(job, callback, message, fault));
		if (fault?.kind === 'early') {
			this.#early.set(
				job,
				this.#deliverAll(letters).finally(() => this.#early.delete(job)),
			);
			return;
		}
		const held = fault?.kind === 'late' ? 1 : 0;
		this.#schedule(letters.slice(0, held), fault?.ms ?? defaultLateMs);
		this.#schedule(letters.slice(held), 0);
	}

	/** The end of a job that was cancelled is now. */
	cancelled(job: EmulatedJob): void {
		const callback = this.#callbacks.get(job);
		const last = callback?.messages.at(-1);
		if (callback?.tellsCancellation && last) void this.#deliver(letterOf(job, callback, last));
	}

	/** When the callbacks have been answered that come before the answer to their submit. */
	async beforeAnswer(answer: unknown): Promise<void> {
		if (typeof answer !== 'string') return;
		await Promise.all(
			[...this.#early].flatMap(([job, calls]) => (answer.includes(job.id) ? [calls] : [])),
		);
	}

	stop(): void {
		for (const wait of this.#waits) wait.abort();
		this.#waits.clear();
		this.#post.stop();
	}

	clear(): void {
		this.stop();
		this.sent.length = 0;
	}

	#schedule(letters: readonly Letter[], delayMs: number): void {
		for (const at of ['start', 'end'] as const) {
			const then = letters.filter(({ message }) => message.at === at);
			const [first] = then;
			if (first)
				void this.#at(first.job[timeOf[at]] + delayMs, async () => await this.#deliverAll(then));
		}
	}

	async #at(time: number, run: () => Promise<void>): Promise<void> {
		if (!Number.isFinite(time)) return;
		const wait = new AbortController();
		this.#waits.add(wait);
		// Node's timers can be a millisecond early, when the job has not ended yet.
		for (
			let left = time - this.clock.now();
			left > 0 && !wait.signal.aborted;
			left = time - this.clock.now()
		)
			await this.clock.sleep(left, wait.signal);
		this.#waits.delete(wait);
		if (!wait.signal.aborted) await run();
	}

	/** One after the other. A job that was cancelled has had its last word. */
	async #deliverAll(letters: readonly Letter[]): Promise<void> {
		for (const letter of letters) if (letter.job.state !== 'cancelled') await this.#deliver(letter);
	}

	async #deliver(letter: Letter): Promise<void> {
		const said = letter.raw === undefined ? letter.message.body(letter.job) : undefined;
		const raw = letter.raw ?? (said && rawJson(said));
		if (raw === undefined) return;
		const tries = Array.from({ length: letter.copies }, async () => await this.#try(letter, raw));
		const [isOver] = await Promise.all(tries);
		const [wait, ...waits] = letter.waits;
		if (isOver || wait === undefined) return;
		const next = { ...letter, raw, waits, copies: 1, isForged: false };
		void this.#at(this.clock.now() + wait, async () => await this.#deliver(next));
	}

	async #try({ job, callback, messageId, isForged }: Letter, raw: string): Promise<boolean> {
		const { url, sign, timeoutMs } = callback;
		const at = this.clock.now();
		const headers = sign?.({ job, messageId, seconds: Math.floor(at / 1000), raw }) ?? {};
		const record: RecordedCallback = { provider: job.provider, jobId: job.id, url, status: 0, at };
		this.sent.push(record);
		const answer = await this.#post.send({ url, body: isForged ? forged(raw) : raw, headers, timeoutMs });
		if (answer === 'stopped') return true;
		record.status = answer;
		return isSettled(answer);
	}
}

// Any 2xx is success. A redirect is not followed, and final: Replicate repeats after 4xx and 5xx alone, fal takes it as
// a permanent failure (D3); what the others do is NOT FOUND.
const isSettled = (status: number): boolean => status >= 200 && status < 400;

/** Other bytes than those that were signed, with links that lead elsewhere. */
const forged = (raw: string): string => `${raw.replace(/https?:\/\/[^/"]+/g, 'http://127.0.0.1:9')}\n`;

const letterOf = (job: EmulatedJob, callback: Callback, message: Message, fault?: Fault): Letter => ({
	job,
	callback,
	message,
	messageId: `msg_${randomBytes(16).toString('hex')}`,
	waits: message.retryAfterMs,
	copies: fault?.kind === 'twice' ? 2 : 1,
	isForged: fault?.kind === 'forged',
});
