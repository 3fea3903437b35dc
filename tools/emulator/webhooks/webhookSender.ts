import { randomBytes } from 'node:crypto';
import type { EmulatorClock } from '../clock';
import type { FaultQueue } from '../faults';
import { isLoopback } from '../net';
import type { EmulatedJob, Fault, ProviderId, RecordedCallback } from '../types';
import { rawJson } from './rawJson';
import type { Webhook, WebhookMessage } from './webhook';
import { WebhookClient } from './webhookClient';

/** A message that is to be sent, or sent again. */
interface PendingMessage {
	job: EmulatedJob;
	webhook: Webhook;
	message: WebhookMessage;
	messageId: string;
	/** Body of the first request, which every retry repeats. */
	raw?: string;
	retryAfterMs: readonly number[];
	/** How many requests are sent at the same time. */
	copies: number;
	/** Whether the body is changed after it was signed. */
	isForged: boolean;
}

const defaultLateMs = 60_000;
const timeOf = { start: 'startsAt', end: 'endsAt' } as const;

/** Sends the webhook messages of the jobs when they are due, to loopback URLs only. */
export class WebhookSender {
	/**
	 * A record of every request, in the order of sending. The array itself never changes, so that it can be
	 * shared.
	 */
	readonly sent: RecordedCallback[] = [];
	readonly #timers = new Set<AbortController>();
	readonly #webhooks = new WeakMap<EmulatedJob, Webhook>();
	readonly #early = new Map<EmulatedJob, Promise<void>>();
	readonly #client: WebhookClient;

	constructor(
		readonly clock: EmulatorClock,
		readonly faults: FaultQueue,
	) {
		this.#client = new WebhookClient(clock);
	}

	/** Takes the fault for the webhook of the job that is about to be accepted. */
	takeFault(provider: ProviderId, { url }: Webhook): Fault | undefined {
		return isLoopback(url) ? this.faults.take('callback', provider) : undefined;
	}

	/** Schedules the messages of a job that was just accepted, changed as the fault says. */
	schedule(job: EmulatedJob, webhook: Webhook, fault: Fault | undefined): void {
		if (!isLoopback(webhook.url) || fault?.kind === 'lost') return;
		this.#webhooks.set(job, webhook);
		const messages = webhook.messages.map((message) => pendingMessage(job, webhook, message, fault));
		if (fault?.kind === 'early') {
			this.#early.set(
				job,
				this.#sendInOrder(messages).finally(() => this.#early.delete(job)),
			);
			return;
		}
		const delayed = fault?.kind === 'late' ? 1 : 0;
		this.#sendWhenDue(messages.slice(0, delayed), fault?.ms ?? defaultLateMs);
		this.#sendWhenDue(messages.slice(delayed), 0);
	}

	/** Sends the last message of a job that was cancelled, if its provider reports cancellations. */
	reportCancellation(job: EmulatedJob): void {
		const webhook = this.#webhooks.get(job);
		const last = webhook?.messages.at(-1);
		if (webhook?.reportsCancellation && last) void this.#send(pendingMessage(job, webhook, last));
	}

	/**
	 * Waits for the messages of the fault `early`, which must be answered before the response to their submit
	 * is sent. Finds the jobs by their ids in the response.
	 */
	async sendBeforeSubmitResponse(response: unknown): Promise<void> {
		if (typeof response !== 'string') return;
		await Promise.all(
			[...this.#early].flatMap(([job, sending]) => (response.includes(job.id) ? [sending] : [])),
		);
	}

	/** Cancels all scheduled messages and aborts the requests that are under way. */
	stop(): void {
		for (const timer of this.#timers) timer.abort();
		this.#timers.clear();
		this.#client.stop();
	}

	/** Stops everything that is scheduled and removes all records. */
	clear(): void {
		this.stop();
		this.sent.length = 0;
	}

	#sendWhenDue(messages: readonly PendingMessage[], delayMs: number): void {
		for (const at of ['start', 'end'] as const) {
			const due = messages.filter(({ message }) => message.at === at);
			const [first] = due;
			if (first)
				void this.#runAt(first.job[timeOf[at]] + delayMs, async () => await this.#sendInOrder(due));
		}
	}

	async #runAt(time: number, run: () => Promise<void>): Promise<void> {
		if (!Number.isFinite(time)) return;
		const timer = new AbortController();
		this.#timers.add(timer);
		// In a loop, because Node's timers can fire a millisecond early, when the job has not ended yet.
		for (
			let remainingMs = time - this.clock.now();
			remainingMs > 0 && !timer.signal.aborted;
			remainingMs = time - this.clock.now()
		)
			await this.clock.sleep(remainingMs, timer.signal);
		this.#timers.delete(timer);
		if (!timer.signal.aborted) await run();
	}

	/** Sends one message after the other. A cancelled job sends none but that of its cancellation. */
	async #sendInOrder(messages: readonly PendingMessage[]): Promise<void> {
		for (const message of messages) if (message.job.state !== 'cancelled') await this.#send(message);
	}

	async #send(pending: PendingMessage): Promise<void> {
		const body = pending.raw === undefined ? pending.message.body(pending.job) : undefined;
		const raw = pending.raw ?? (body && rawJson(body));
		if (raw === undefined) return;
		const requests = Array.from({ length: pending.copies }, async () => await this.#post(pending, raw));
		const [isSettled] = await Promise.all(requests);
		const [waitMs, ...retryAfterMs] = pending.retryAfterMs;
		if (isSettled || waitMs === undefined) return;
		const retry = { ...pending, raw, retryAfterMs, copies: 1, isForged: false };
		void this.#runAt(this.clock.now() + waitMs, async () => await this.#send(retry));
	}

	/** Sends and records one request. Resolves with whether the message needs no retry. */
	async #post({ job, webhook, messageId, isForged }: PendingMessage, raw: string): Promise<boolean> {
		const { url, sign, timeoutMs } = webhook;
		const at = this.clock.now();
		const headers = sign?.({ job, messageId, seconds: Math.floor(at / 1000), raw }) ?? {};
		const record: RecordedCallback = { provider: job.provider, jobId: job.id, url, status: 0, at };
		this.sent.push(record);
		const body = isForged ? forge(raw) : raw;
		const status = await this.#client.send({ url, body, headers, timeoutMs });
		if (status === 'stopped') return true;
		record.status = status;
		return isFinal(status);
	}
}

// Any 2xx is success. A redirect is not followed, and final: Replicate repeats after 4xx and 5xx alone, fal
// takes it as a permanent failure (D3); what the others do is NOT FOUND.
const isFinal = (status: number): boolean => status >= 200 && status < 400;

/** Changes a body that was signed: other bytes, and links that lead elsewhere. */
const forge = (raw: string): string => `${raw.replace(/https?:\/\/[^/"]+/g, 'http://127.0.0.1:9')}\n`;

const pendingMessage = (
	job: EmulatedJob,
	webhook: Webhook,
	message: WebhookMessage,
	fault?: Fault,
): PendingMessage => ({
	job,
	webhook,
	message,
	messageId: `msg_${randomBytes(16).toString('hex')}`,
	retryAfterMs: message.retryAfterMs,
	copies: fault?.kind === 'twice' ? 2 : 1,
	isForged: fault?.kind === 'forged',
});
