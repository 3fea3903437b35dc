import type { Fault, Result } from './base/faults';
import type { HttpRequest, HttpResponse } from './http/ports';
import type { JsonObject } from './base/json';
import type { ImageOptions, OptionName } from './request/options';
import type { StatusWords } from './job/statuses';
import type { Pixels, ResolvedSize, Resolution, SizeSpec, Sizing } from './request/sizes';

export type Operation = 'generate' | 'edit';

/** Something that was asked for and could not be honoured as it stands. */
export interface Warning {
	option: string;
	type: 'ignored' | 'adapted';
	message: string;
}

/** An input image: bytes that were read and checked, or a URL that the provider fetches itself. */
export type InputImage =
	| { kind: 'url'; url: string; size: Pixels | null }
	| {
			kind: 'bytes';
			bytes: Uint8Array;
			/** Encoded when first asked for: not every provider needs it. */
			base64: () => string;
			mimeType: string;
			fileName: string;
			width: number;
			height: number;
	  };

/** What one item asks for, before it is fitted to a model. */
export interface ImageRequest {
	operation: Operation;
	model: string;
	prompt: string;
	sizing: Sizing;
	resolution: Resolution;
	options: ImageOptions;
	/** Merged last into what the model itself is given. */
	additionalFields: JsonObject;
}

/** The same, fitted: a size and fields that this model takes under its own names. One of these is one paid job. */
export interface PreparedRequest {
	operation: Operation;
	model: string;
	prompt: string;
	images: readonly InputImage[];
	size: ResolvedSize;
	fields: JsonObject;
	additionalFields: JsonObject;
}

/** How a model takes one option: under which name, with which values. */
export type OptionSpec = {
	/** Its name; dots lead into objects, as in `sample_params.sample_steps` (not those of seed and number of images). */
	field: string;
	/** The provider's own limits; a value outside is refused, or moved to the limit with a warning if `clamp` is set. */
	min?: number;
	max?: number;
	clamp?: boolean;
	/** What the provider does without it, as the panel's starting value. */
	default?: number | boolean;
	/** Our value to the provider's, for options with named values. A value without an entry is ignored with a warning. */
	values?: Readonly<Record<string, string>>;
	/** For a provider that takes a number as text. */
	as?: 'text';
	/** For a field that says the opposite: true is told as false. */
	invert?: boolean;
};

export interface InputImageSpec {
	min: number;
	max: number;
	/** Whether the provider fetches URLs itself. Where it does not, the node fetches them and sends the bytes. */
	urls: boolean;
	/** False where URLs are all it takes. */
	bytes?: boolean;
	/** Bytes of one image. */
	maxBytes: number;
	mimeTypes: readonly string[];
}

export interface OperationSpec {
	inputImages: InputImageSpec;
	/** The longest prompt that is taken. */
	maxPromptCharacters?: number;
	size: SizeSpec;
	options: Readonly<Partial<Record<OptionName, OptionSpec>>>;
}

/** A price as read on a date; estimates made of it carry that date. */
export interface Price {
	usdPerImage: number;
	/** YYYY-MM-DD */
	readOn: string;
	source: string;
}

export interface ModelSpec {
	id: string;
	displayName: string;
	description: string;
	operations: Readonly<Partial<Record<Operation, OperationSpec>>>;
	price: Price | null;
}

/** Plain JSON that holds all that another execution needs to finish the job; never a key. */
export interface Handle extends JsonObject {
	id: string;
}

export type ImageRef =
	{ kind: 'url'; url: string; expiresAt: string | null } | { kind: 'base64'; data: string };

export interface JobMeta {
	seed?: number | null;
	revisedPrompt?: string | null;
	/** USD, as the provider reported it. */
	cost?: number | null;
	queueMs?: number | null;
	runMs?: number | null;
}

/** What an answer says about a job. A synchronous API answers 'succeeded' at once. */
export type JobSnapshot<H extends Handle = Handle> =
	/** `lookAgain`: it was not there; the handle now leads to where else it may be. */
	/** `ahead`: jobs before it in the provider's queue; `progress`: the share of the work that is done, from 0 to 1. */
	| {
			state: 'pending';
			handle: H;
			providerStatus: string;
			retryElsewhere?: boolean;
			ahead?: number;
			progress?: number;
	  }
	| { state: 'resultReady'; handle: H; providerStatus: string }
	| { state: 'succeeded'; handle: H; providerStatus: string; images: readonly ImageRef[]; meta: JobMeta }
	| { state: 'failed'; handle: H; providerStatus: string; fault: Fault };

export interface Polling {
	/** Milliseconds before the first look. */
	firstDelayMs: number;
	intervalMs: number;
	/** Between two looks where earlier jobs say that it may be over any moment; as `intervalMs` where the provider asks for that. */
	shortestMs: number;
	maxIntervalMs: number;
}

export interface ProviderContext {
	/** Without a slash at the end. */
	baseUrl: string;
	/** Milliseconds since the epoch, for link lifetimes. */
	now: number;
	/** Milliseconds that an answer to a submit may be held back until the image is there. */
	waitMs?: number;
}

/** Where a provider reports the end of a job to. */
export interface CallbackTarget {
	url: string;
	/** For a provider that signs with a secret of ours. */
	secret: string;
}

/** How a call is signed: over its raw body, by its headers. */
export type CallbackSignature =
	/** `sha256=` and the hex HMAC-SHA256 of the body, with the secret of the target. */
	| { kind: 'hmac'; header: string }
	/** standardwebhooks.com, with a secret that the provider tells who has the key. */
	| {
			kind: 'standardWebhooks';
			secret: (context: ProviderContext) => HttpRequest;
			parseSecret: (response: HttpResponse) => Result<string>;
	  }
	/** Ed25519 over id, user, time and the body's hash, with published keys (a JWKS, asked for without the key). */
	| {
			kind: 'ed25519';
			headers: { id: string; user: string; timestamp: string; signature: string };
			keys: (context: ProviderContext) => string;
	  };

/** How a provider tells that a job has ended. What it tells is a knock on the door: the job is then asked for. */
export interface Callback<H extends Handle = Handle> {
	/** A submit, told where to report to. */
	attach(this: void, request: HttpRequest, target: CallbackTarget): HttpRequest;
	/** Where a call has the id of its job. */
	idPath: readonly string[];
	/** What is known of a job by its id and its model alone. */
	createHandle(this: void, id: string, model: string): H;
	/** Absent where calls are not signed: then only the address tells that they are meant for us. */
	signature?: CallbackSignature;
}

export interface ProviderNotes {
	/** Where the facts in its file come from. */
	sources: readonly string[];
	/** How long a link to a finished image works, in words. */
	links: string;
	/** What is only inferred, or documented by others, and was not seen at the live service. */
	unverified: readonly string[];
}

/**
 * A provider does no I/O: it describes requests and reads answers. Its `parse` functions get answers with a 2xx status
 * (and others if `readsErrorStatus` says that a job's state can stand in them); all else goes to `parseError`.
 */
export interface Provider<H extends Handle = Handle> {
	id: string;
	displayName: string;
	/** The credential type. */
	credential: string;
	defaultBaseUrl: string;
	/** Besides the base URL's own origin, who may see the key, over https. `*.` stands for any host below. */
	trustedHosts: readonly string[];
	/** The first one that knows an operation is that operation's default. */
	models: readonly ModelSpec[];
	/** What a model that the catalogue does not know takes; the default model's entry where it is `null` or absent. */
	specForUnknownModel?(this: void, modelId: string): ModelSpec | null;
	statuses: StatusWords;
	polling: Polling;
	/** Milliseconds that the answer to a submit may take; longer where the API is synchronous and answers with the image. */
	submitTimeoutMs?: number;
	/** Submits that one key may make in a time. */
	submitRate?: { count: number; ms: number };
	/** For the documentation. */
	notes: ProviderNotes;
	/** Jobs that may be unfinished at a time with one key, and of one model. */
	maxActiveJobs?: { perKey: number; perModel?: Readonly<Record<string, number>> };
	buildSubmit(this: void, request: PreparedRequest, context: ProviderContext): Result<HttpRequest>;
	parseSubmit(
		this: void,
		response: HttpResponse,
		request: PreparedRequest,
		context: ProviderContext,
	): Result<JobSnapshot<H>>;
	/** Asks what the same request would cost; nothing is made or charged. */
	buildEstimate?(this: void, request: PreparedRequest, context: ProviderContext): Result<HttpRequest>;
	/** USD. */
	parseEstimate?(this: void, response: HttpResponse): Result<number>;
	buildStatus?(this: void, handle: H, context: ProviderContext): HttpRequest;
	parseStatus?(
		this: void,
		response: HttpResponse,
		handle: H,
		context: ProviderContext,
	): Result<JobSnapshot<H>>;
	buildResult?(this: void, handle: H, context: ProviderContext): HttpRequest;
	parseResult?(
		this: void,
		response: HttpResponse,
		handle: H,
		context: ProviderContext,
	): Result<JobSnapshot<H>>;
	buildCancel?(this: void, handle: H, context: ProviderContext): HttpRequest;
	/** Whether the answer to a cancellation has the job's state under `status`: it may have ended before. */
	cancelTellsStatus?: boolean;
	/** A handle that came from outside, checked; anybody may have written it. */
	readHandle(this: void, value: unknown): Result<H>;
	/** Where there is nothing to ask for (no `buildStatus`): what the handle itself keeps of the answer. */
	recall?(this: void, handle: H): JobSnapshot<H>;
	callback?: Callback<H>;
	parseError(this: void, response: HttpResponse): Fault;
	/** Whether this non-2xx answer to a status request carries the job's state all the same. */
	readsErrorStatus?(this: void, response: HttpResponse): boolean;
}
