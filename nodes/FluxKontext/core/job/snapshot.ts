import type { Fault } from '../base/faults';
import type { JsonObject } from '../base/json';

/** Plain JSON that holds everything another execution needs to finish the job. Never contains a key. */
export interface Handle extends JsonObject {
	id: string;
}

/** Where a finished image is: behind a link, or in the response itself. */
export type ImageRef =
	/** `expiresAt`: ISO 8601, or `null` where it is not known. */
	{ kind: 'url'; url: string; expiresAt: string | null } | { kind: 'base64'; data: string };

/** Facts that a provider reports besides the images. All optional. */
export interface JobMeta {
	seed?: number | null;
	revisedPrompt?: string | null;
	/** USD. */
	cost?: number | null;
	/** Milliseconds in the provider's queue. */
	queueMs?: number | null;
	/** Milliseconds of work. */
	runMs?: number | null;
}

/** Job that is not finished. */
export interface PendingSnapshot<H extends Handle = Handle> {
	state: 'pending';
	handle: H;
	providerStatus: string;
	/** The job was not found at this endpoint; poll again at once with the updated handle. */
	retryElsewhere?: boolean;
	/** Jobs before this one in the provider's queue. */
	ahead?: number;
	/** Share of the work that is done, from 0 to 1. */
	progress?: number;
}

/** Job whose result must be requested from an endpoint of its own. */
export interface ResultReadySnapshot<H extends Handle = Handle> {
	state: 'resultReady';
	handle: H;
	providerStatus: string;
}

/** Job that made its images. */
export interface SucceededSnapshot<H extends Handle = Handle> {
	state: 'succeeded';
	handle: H;
	providerStatus: string;
	images: readonly ImageRef[];
	meta: JobMeta;
}

/** Job that is finished, but whose response holds no image that can be read. */
export interface UnreadableSnapshot<H extends Handle = Handle> {
	state: 'unreadable';
	handle: H;
	providerStatus: string;
	/** Code `badResponse`; names the keys of the response. */
	fault: Fault;
}

/** Job that failed at the provider. */
export interface FailedSnapshot<H extends Handle = Handle> {
	state: 'failed';
	handle: H;
	providerStatus: string;
	fault: Fault;
}

/** Job that is over. */
export type FinishedSnapshot<H extends Handle = Handle> = SucceededSnapshot<H> | FailedSnapshot<H>;

/** State of a job as a response describes it. */
export type JobSnapshot<H extends Handle = Handle> =
	PendingSnapshot<H> | ResultReadySnapshot<H> | UnreadableSnapshot<H> | FinishedSnapshot<H>;
