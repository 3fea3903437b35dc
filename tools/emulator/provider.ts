import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Callback } from './callbacks/callback';
import { callOf, type EmulatorClock } from './clock';
import { isActive, type JobDraft } from './jobs';
import type { LinkStyle } from './links';
import type { Refusal } from './refusal';
import type { EmulatedJob, Fault, JobState } from './types';

/** One provider. Its id is the name under which providers/index.ts exports it. */
export interface EmulatedProvider {
	readonly credentialType: string;
	/** The path of the real default base URL. */
	readonly basePath: '' | `/${string}`;
	readonly auth: {
		readonly header: 'x-key' | 'authorization';
		readonly scheme: '' | 'Bearer ' | 'Key ';
		readonly status: 401 | 403;
		readonly message: string;
		/** A request without any key passes too, as where the server asks for none; a wrong key does not. */
		readonly optional?: boolean;
	};
	readonly newApiKey: () => string;
	readonly links: { readonly style: LinkStyle; readonly lifeMs: number };
	/** The status of an answer to a request that does not fit the schema. */
	readonly invalidStatus: 400 | 422;
	readonly errorBody: (refusal: Refusal) => unknown;
	/** For a provider that tells the status of an error in the body. */
	readonly httpStatus?: (status: number) => number;
	/** Paths are relative to the base URL. Every route has a `stage`, one with a body its `body` form. */
	readonly routes: (app: FastifyInstance, world: World) => void;
}

/** What the emulator does for a provider. */
export interface World {
	readonly baseUrl: string;
	readonly jobs: readonly EmulatedJob[];
	readonly clock: EmulatorClock;
	accept: (draft: JobDraft, callback?: Callback) => EmulatedJob;
	find: (id: string) => EmulatedJob | undefined;
	/** True if the job had not ended. */
	cancel: (job: EmulatedJob) => boolean;
	/** A signed address of a finished job's image on the other origin. */
	linkTo: (job: EmulatedJob, index?: number) => string;
	picture: (job: EmulatedJob, index?: number) => Promise<Buffer>;
}

/** Until the job has ended, the time is over or nobody is there any more for the answer: a synchronous API answers then. */
export async function untilEnded(
	{ clock }: World,
	job: EmulatedJob,
	request: FastifyRequest,
	ms = Infinity,
): Promise<void> {
	const call = callOf(request);
	const { signal } = new AbortController();
	const end = clock.now() + ms;
	clock.stuck(call, 'sent');
	while (isActive(job) && clock.now() < end && !request.raw.socket.destroyed)
		await clock.sleep(clock.lookMs, signal);
	clock.freed(call);
}

/** The state to show: every provider needs a word for `unknown` that no client knows. */
export const shownState = (
	request: { fault: Fault | undefined },
	job: { state: JobState },
): JobState | 'unknown' => (request.fault?.kind === 'unknownStatus' ? 'unknown' : job.state);
