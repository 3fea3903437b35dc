import type { EmulatedJob } from '../types';

/** The webhook of one job: the URL, the messages that the provider sends to it, and how. */
export interface Webhook {
	url: string;
	/** Time that the receiver has to answer one request. */
	timeoutMs: number;
	/** Messages in the order in which they are sent; the last one reports the end of the job. */
	messages: readonly WebhookMessage[];
	/** Creates the headers that authenticate a request; absent for a provider that signs nothing. */
	sign?: (delivery: WebhookDelivery) => Record<string, string>;
	/** Whether the last message is also sent when the job is cancelled; false if absent. */
	reportsCancellation?: boolean;
}

/** A message about a job. It may take several requests to deliver it. */
export interface WebhookMessage {
	/** The moment of the job at which the message is sent. */
	at: 'start' | 'end';
	/** Creates the body; nothing is sent for undefined. */
	body: (job: EmulatedJob) => object | undefined;
	/** Waiting times before each retry of a failed request; the message is given up after the last one. */
	retryAfterMs: readonly number[];
}

/** One request that delivers a message, as its signature covers it. */
export interface WebhookDelivery {
	job: EmulatedJob;
	/** Id of the message, which all its retries share. */
	messageId: string;
	/** Time of this request in seconds since the epoch. */
	seconds: number;
	/** The body as it is sent. */
	raw: string;
}
