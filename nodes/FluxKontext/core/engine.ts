import { unexpected } from './base/exceptions';
import type { Fault } from './base/faults';
import { createKeyCache, type KeyCache } from './base/keyCache';
import { createRecentKeys, type RecentKeys } from './base/recentKeys';
import { defaultLimits, type Limits } from './base/limits';
import { createSharedWork, type SharedWork } from './base/sharedWork';
import { cancelJob, type Cancellation } from './job/cancel';
import { checkJob, type JobCheck } from './job/check';
import type { EnginePolicy, EngineState, JobSetup } from './job/context';
import { DurationHistory } from './job/durationHistory';
import { asksPrice, requestPrice, type PriceOutcome } from './job/estimate';
import { GroupChecks } from './job/groupChecks';
import { Limiter } from './job/limiter';
import type { JobRecord } from './job/record';
import {
	resumeJob,
	runJob,
	type JobOptions,
	type JobOutcome,
	type ResumedOutcome,
	type ResumeOptions,
} from './job/runJob';
import type { Handle } from './job/snapshot';
import type { PreparedRequest } from './request/imageRequest';

/** Resumed executions that are remembered. */
const MAX_RESUMED = 1_000;
/** Entries of the memory of reported jobs, two for each: what five thousand jobs leave, some 1 MB. */
const MAX_REPORTED_KEYS = 10_000;
/** Origins whose keys for signatures are kept: one for each provider and key in use. */
const MAX_KEY_ORIGINS = 100;
/**
 * Milliseconds after which n8n itself refuses to resume an execution again; it does so within a second or
 * two.
 */
const RESUMED_MS = 60_000;

/** Overrides for an engine. */
export interface EngineOptions {
	/** Default: as the providers declare it. */
	policy?: Partial<EnginePolicy>;
	/** Default: `defaultLimits`. */
	limits?: Partial<Limits>;
}

/**
 * Runs image jobs. An engine owns what its jobs share: the slots and submit rates of each connection, the
 * durations of earlier jobs, and the memory of recent webhooks; each of them is bounded. Jobs that should
 * respect each other's limits belong on one engine. No method rejects.
 */
export interface Engine {
	readonly limits: Limits;
	/**
	 * Executions that a webhook has resumed within the last minute: a repeated webhook must not resume them
	 * again.
	 */
	readonly resumedExecutions: RecentKeys;
	/** Jobs whose end has been reported to a trigger: providers may report it twice. */
	readonly reportedJobs: RecentKeys;
	/** Reports to triggers that are being handled; each resolves to whether the report was accepted. */
	readonly activeReports: SharedWork<boolean>;
	/** Checks of the jobs that suspended executions wait for. */
	readonly groupChecks: GroupChecks;
	/** Keys that verify the signatures of webhooks. */
	readonly signingKeys: KeyCache;
	/** Submits a job once (paid), polls it and passes its images to `options.store`. */
	runJob<H extends Handle, T>(
		setup: JobSetup<H>,
		request: PreparedRequest,
		options: JobOptions<T>,
	): Promise<JobOutcome<T>>;
	/** Resumes a job of an earlier run: waits for its images, or checks it once. Free. */
	resumeJob<H extends Handle, T>(
		setup: JobSetup<H>,
		job: JobRecord<H>,
		options: ResumeOptions<T>,
	): Promise<ResumedOutcome<T>>;
	/** Tells whether a job of an earlier run is over, without delivering its images. Free. */
	checkJob<H extends Handle>(setup: JobSetup<H>, job: JobRecord<H>): Promise<JobCheck>;
	/** Asks the provider to stop a job. */
	cancelJob<H extends Handle>(setup: JobSetup<H>, handle: H): Promise<Cancellation>;
	/** Tells whether the provider of a setup is asked for prices. */
	asksPrice<H extends Handle>(setup: Pick<JobSetup<H>, 'provider' | 'baseUrl'>): boolean;
	/** Asks the provider for the price of a request, once. Nothing is charged. */
	requestPrice<H extends Handle>(setup: JobSetup<H>, request: PreparedRequest): Promise<PriceOutcome>;
}

/** Creates the state of an engine. Used by `createEngine`, and by tests of single stages. */
export function createEngineState({ policy, limits }: EngineOptions = {}): EngineState {
	return {
		limits: { ...defaultLimits, ...limits },
		policy: {
			polling: (provider) => provider.polling,
			submitRate: (provider) => provider.submitRate,
			asksPrice,
			...policy,
		},
		limiter: new Limiter(),
		history: new DurationHistory(),
	};
}

/** Effort of a call that an exception ended; what it took is not known. */
const noEffort = { polls: 0, totalMs: 0 };

/** Turns an exception of a call, the host's ports included, into an outcome. */
async function orElse<T>(call: () => Promise<T>, describe: (fault: Fault) => T): Promise<T> {
	try {
		return await call();
	} catch (error) {
		return describe(unexpected('the job', error));
	}
}

/** Creates an engine with nothing in flight. */
export function createEngine(options: EngineOptions = {}): Engine {
	const engine = createEngineState(options);
	return {
		limits: engine.limits,
		resumedExecutions: createRecentKeys(MAX_RESUMED, RESUMED_MS),
		reportedJobs: createRecentKeys(MAX_REPORTED_KEYS),
		activeReports: createSharedWork(),
		groupChecks: new GroupChecks(),
		signingKeys: createKeyCache(MAX_KEY_ORIGINS),
		async runJob(setup, request, jobOptions) {
			let job: JobRecord | null = null;
			const onAccepted = (accepted: JobRecord) => {
				job = accepted;
				jobOptions.onAccepted?.(accepted);
			};
			return await orElse(
				async () => await runJob(engine, setup, request, { ...jobOptions, onAccepted }),
				(fault) => ({ job, result: { ok: false, fault }, ...noEffort }),
			);
		},
		resumeJob: async (setup, job, resumeOptions) =>
			await orElse(
				async () => await resumeJob(engine, setup, job, resumeOptions),
				(fault) => ({ job, result: { ok: false, fault }, ...noEffort }),
			),
		checkJob: async (setup, job) =>
			await orElse(
				async () => await checkJob({ ...setup, engine }, job),
				() => 'unreadable',
			),
		cancelJob: async (setup, handle) =>
			await orElse(
				async () => await cancelJob({ ...setup, engine }, handle),
				({ message }) => ({ cancelled: false, message }),
			),
		asksPrice: ({ provider, baseUrl }) => engine.policy.asksPrice(provider, baseUrl),
		requestPrice: async (setup, request) =>
			await orElse(
				async () => await requestPrice({ ...setup, engine }, request),
				(fault) => ({ result: { ok: false, fault }, job: null }),
			),
	};
}
