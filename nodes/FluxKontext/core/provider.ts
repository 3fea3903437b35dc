import type { Fault, Result } from './base/faults';
import type { HttpRequest, HttpResponse } from './http/ports';
import type { FinishedSnapshot, Handle, JobSnapshot } from './job/snapshot';
import type { StatusWords } from './job/statuses';
import type { PreparedRequest } from './request/imageRequest';
import type { ModelSpec } from './request/model';

/**
 * How often the jobs of a provider are polled, in milliseconds. The schedule is described in
 * job/pollSchedule.ts.
 */
export interface Polling {
	/** Wait before the first status request. */
	firstDelayMs: number;
	/** Shortest wait between two status requests while nothing is known of the end. */
	intervalMs: number;
	/** Shortest wait near the likely end; equal to `intervalMs` where the provider asks for that. */
	shortestMs: number;
	/** Longest wait between two status requests. */
	maxIntervalMs: number;
}

/** Submits that a key may make: at most `count` within any `ms` milliseconds. */
export interface SubmitRate {
	count: number;
	ms: number;
}

/** Facts that providers need to build requests and parse responses. */
export interface ProviderContext {
	/** Base URL of the credential, without a trailing slash. */
	baseUrl: string;
	/** Milliseconds since the epoch; the start of link lifetimes. */
	now: number;
	/** Milliseconds that the response to a submit may be held back until the image is there. */
	waitMs?: number;
}

/** Where a provider reports the end of a job to. */
export interface CallbackTarget {
	url: string;
	/** Secret for a provider that signs its webhooks with a secret of ours. */
	secret: string;
}

/** How the webhooks of a provider are signed. Signatures cover the raw body. */
export type CallbackSignature =
	/** `sha256=` and the hex HMAC-SHA256 of the body, made with the secret of the target. */
	| { kind: 'hmac'; header: string }
	/** standardwebhooks.com, with a secret that the provider's API returns to the owner of the key. */
	| {
			kind: 'standardWebhooks';
			secret: (context: ProviderContext) => HttpRequest;
			parseSecret: (response: HttpResponse) => Result<string>;
	  }
	/**
	 * Ed25519 over id, user, time and the hash of the body, with published keys (a JWKS, requested without
	 * the key).
	 */
	| {
			kind: 'ed25519';
			headers: { id: string; user: string; timestamp: string; signature: string };
			keys: (context: ProviderContext) => string;
	  };

/**
 * How a provider reports the end of a job. The payload is untrusted; it only triggers an authenticated status
 * request.
 */
export interface Callback<H extends Handle = Handle> {
	/** Adds the target to a submit. */
	attach(this: void, request: HttpRequest, target: CallbackTarget): HttpRequest;
	/** Path of the job's id within the payload. */
	idPath: readonly string[];
	/** Creates the handle of a job from its id and model alone. */
	createHandle(this: void, id: string, model: string): H;
	/** Absent where webhooks are not signed; then only the address proves that one is meant for us. */
	signature?: CallbackSignature;
}

/** Notes for the documentation of a provider. */
export interface ProviderNotes {
	/** URLs of the documents that its facts come from. */
	sources: readonly string[];
	/** How long a link to a finished image works, in words. */
	links: string;
	/** Statements that are inferred, or documented by others only, and were not seen at the live service. */
	unverified: readonly string[];
}

/** Endpoint that accepts a job. `S` is the state that its response can describe. */
export interface SubmitEndpoint<S> {
	build(this: void, request: PreparedRequest, context: ProviderContext): Result<HttpRequest>;
	/** Parses a 2xx response. A `badResponse` fault means that the job may have been accepted. */
	parse(this: void, response: HttpResponse, request: PreparedRequest, context: ProviderContext): Result<S>;
	/** Whether a response may hold images as base64, so that it may be large. Default: false. */
	embedsImages?: boolean;
}

/** Endpoint that is asked for a job: its status, or its result. */
export interface JobEndpoint<H extends Handle = Handle> {
	build(this: void, handle: H, context: ProviderContext): HttpRequest;
	/** Parses a 2xx response, and others that `readsErrorStatus` accepts. */
	parse(this: void, response: HttpResponse, handle: H, context: ProviderContext): Result<JobSnapshot<H>>;
	/**
	 * Tells whether a response with an error status describes the state of the job all the same. Default:
	 * never.
	 */
	readsErrorStatus?(this: void, response: HttpResponse): boolean;
	/** Whether a response may hold images as base64, so that it may be large. Default: false. */
	embedsImages?: boolean;
}

/** Endpoint that cancels a job. */
export interface CancelEndpoint<H extends Handle = Handle> {
	build(this: void, handle: H, context: ProviderContext): HttpRequest;
	/**
	 * Parses the job's status word from a 2xx response: the job may have ended before. Absent where the
	 * response does not tell it.
	 */
	parse?(this: void, response: HttpResponse): string;
}

/** Endpoint that tells the price of a request. Nothing is made or charged. */
export interface EstimateEndpoint {
	/**
	 * Set where the request is the paid submit with a mark that it must not run. A proxy that drops the mark
	 * makes a paid request of it, so it is sent to the provider's own origin only, once.
	 */
	repeatsSubmit?: true;
	build(this: void, request: PreparedRequest, context: ProviderContext): Result<HttpRequest>;
	/** Parses a 2xx response to USD. */
	parse(this: void, response: HttpResponse): Result<number>;
}

/** Facts and functions that synchronous and job-based providers have in common. */
interface ProviderBase<H extends Handle, S> {
	id: string;
	displayName: string;
	/** Name of the credential type. */
	credential: string;
	/** Empty where the credential must name one. */
	defaultBaseUrl: string;
	/** Whether users run the server themselves: it charges nothing and has no website. Default: false. */
	isSelfHosted?: boolean;
	/**
	 * Hosts besides the base URL's origin that may receive the key, over https. `*.` stands for any host
	 * below.
	 */
	trustedHosts: readonly string[];
	/** The first model that knows an operation is the default of that operation. */
	models: readonly ModelSpec[];
	/**
	 * Returns the entry that stands for a model which the catalogue does not list. Where it returns `null` or
	 * is absent, the default model's entry is used. Its id is shown to the user; its price is not used.
	 */
	specForUnknownModel?(this: void, modelId: string): ModelSpec | null;
	/**
	 * Milliseconds until a submit must be answered; longer where the response holds the image. Default: the
	 * engine's.
	 */
	submitTimeoutMs?: number;
	/** Default: no limit. */
	submitRate?: SubmitRate;
	/** Jobs that may be unfinished at a time, with one key and of one model. Default: no limit. */
	maxActiveJobs?: { perKey: number; perModel?: Readonly<Record<string, number>> };
	submit: SubmitEndpoint<S>;
	estimate?: EstimateEndpoint;
	/** Validates a handle that comes from outside; anybody may have written it. */
	readHandle(this: void, value: unknown): Result<H>;
	/** Maps a response with an error status to a fault. */
	parseError(this: void, response: HttpResponse): Fault;
	notes: ProviderNotes;
}

/** Provider whose response to a submit holds the images. It keeps no jobs. */
export interface SyncProvider<H extends Handle = Handle> extends ProviderBase<H, FinishedSnapshot<H>> {
	kind: 'sync';
	/** Rebuilds the finished job from what its handle keeps of the response. */
	recall(this: void, handle: H): FinishedSnapshot<H>;
}

/** Provider that accepts a job and is polled until the job is finished. */
export interface JobProvider<H extends Handle = Handle> extends ProviderBase<H, JobSnapshot<H>> {
	kind: 'job';
	statuses: StatusWords;
	polling: Polling;
	status: JobEndpoint<H>;
	/** Endpoint of the result, for providers whose status response does not hold it (`resultReady`). */
	result?: JobEndpoint<H>;
	/** Absent where a job cannot be cancelled. */
	cancel?: CancelEndpoint<H>;
	/** Absent where the provider does not report the end of a job. */
	callback?: Callback<H>;
}

/**
 * Protocol of an image API as data and pure functions: it builds requests and parses responses, and does no
 * I/O. Time, trust, retries and limits are the engine's.
 */
export type Provider<H extends Handle = Handle> = SyncProvider<H> | JobProvider<H>;

/** Tells whether a provider accepts jobs that are polled. */
export function isJobProvider<H extends Handle>(provider: Provider<H>): provider is JobProvider<H> {
	return provider.kind === 'job';
}

/** Returns how a provider reports the end of a job; `undefined` where it does not. */
export function callbackOf<H extends Handle>(provider: Provider<H>): Callback<H> | undefined {
	return isJobProvider(provider) ? provider.callback : undefined;
}
