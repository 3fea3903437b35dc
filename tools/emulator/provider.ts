import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ErrorBody } from './apiError';
import { callNumberOf, type EmulatorClock } from './clock';
import { isActive, type JobDraft } from './jobs';
import type { LinkRule } from './links';
import type { EmulatedJob, Fault, JobState } from './types';
import type { Webhook } from './webhooks/webhook';

/** An emulated provider. Its id is the name under which `providers/index.ts` exports it. */
export interface EmulatedProvider {
	/** Name of the n8n credential type that connects to this provider. */
	readonly credentialType: string;
	/** Path of the provider's real default base URL. */
	readonly basePath: '' | `/${string}`;
	/** How a request proves its API key, and the response to one that does not. */
	readonly auth: {
		readonly header: 'x-key' | 'authorization';
		readonly scheme: '' | 'Bearer ' | 'Key ';
		readonly status: 401 | 403;
		readonly message: string;
		/**
		 * Whether a request without a key is accepted too, as by a server without authentication; false if
		 * absent.
		 */
		readonly optional?: boolean;
	};
	/** Creates a random API key in the provider's format. */
	readonly newApiKey: () => string;
	readonly links: Readonly<LinkRule>;
	/** Status of the response to a request that does not fit the schema. */
	readonly invalidStatus: 400 | 422;
	readonly errorBody: ErrorBody;
	/** Maps the status of an error to the HTTP status, for a provider that reports the former in the body. */
	readonly httpStatus?: (status: number) => number;
	/**
	 * Adds the provider's routes to `app`, with paths relative to the base URL. Every route sets its `stage`,
	 * and a route with a body its `body` kind.
	 */
	readonly routes: (app: FastifyInstance, context: ProviderContext) => void;
}

/** The emulator's services for the routes of one provider. */
export interface ProviderContext {
	readonly baseUrl: string;
	/** Every job of the provider, oldest first. */
	readonly jobs: readonly EmulatedJob[];
	readonly clock: EmulatorClock;
	/** Accepts a job and schedules its webhook messages. */
	accept: (draft: JobDraft, webhook?: Webhook) => EmulatedJob;
	find: (id: string) => EmulatedJob | undefined;
	/** Cancels a job. Returns false for a job that has ended, which stays as it is. */
	cancel: (job: EmulatedJob) => boolean;
	/** Returns the signed URL of a finished job's image on the file server; the first image by default. */
	linkTo: (job: EmulatedJob, index?: number) => string;
	/**
	 * Resolves with the bytes of a job's image, the first by default. Rejects for a job that makes no image.
	 */
	picture: (job: EmulatedJob, index?: number) => Promise<Buffer>;
}

/**
 * Holds a request until its job has ended, at most `ms` milliseconds (no limit by default), as a synchronous
 * API does. Resolves early when the client disconnects. Never rejects.
 */
export async function waitForJobEnd(
	{ clock }: ProviderContext,
	job: EmulatedJob,
	request: FastifyRequest,
	ms = Infinity,
): Promise<void> {
	const call = callNumberOf(request);
	const { signal } = new AbortController();
	const deadline = clock.now() + ms;
	clock.stuck(call, 'sent');
	while (isActive(job) && clock.now() < deadline && !request.raw.socket.destroyed)
		await clock.sleep(clock.checkMs, signal);
	clock.freed(call);
}

/**
 * Returns the state that a status response reports: that of the job, or `unknown` under the fault
 * `unknownStatus`. Every provider maps `unknown` to a status that no client knows.
 */
export const reportedState = (
	request: { fault: Fault | undefined },
	job: { state: JobState },
): JobState | 'unknown' => (request.fault?.kind === 'unknownStatus' ? 'unknown' : job.state);
