import type { EmulatedJob } from '../types';

/** What a provider posts of a job, and where to. */
export interface Callback {
	url: string;
	/** How long the receiver may take to answer. */
	timeoutMs: number;
	/** In the order in which they are sent; the last one tells the end. */
	messages: readonly Message[];
	/** The headers that prove who has sent it; absent for a provider that signs nothing. */
	sign?: (attempt: Attempt) => Record<string, string>;
	/** A job that was cancelled is told as well. */
	tellsCancellation?: boolean;
}

export interface Message {
	/** Of the job. */
	at: 'start' | 'end';
	/** Nothing is sent for `undefined`. */
	body: (job: EmulatedJob) => object | undefined;
	/** The waits before each further try of a call that failed. */
	retryAfterMs: readonly number[];
}

export interface Attempt {
	job: EmulatedJob;
	/** The same at every try. */
	messageId: string;
	/** Of this try, since the epoch. */
	seconds: number;
	raw: string;
}
