import type { EmulatorClock } from './clock';
import type { PictureSpec } from './picture';

/** Id of an emulated provider: the name under which `providers/index.ts` exports it. */
export type ProviderId = keyof typeof import('./providers');

/** Purpose of a request, as its route declares it. */
export type Stage =
	| 'submit'
	| 'status'
	| 'result'
	| 'download'
	| 'cancel'
	| 'credentialTest'
	/** A client reads the sample image, to send it or to learn its size. */
	| 'input'
	| 'other';

/** Durations of a job's two phases. */
export interface Timing {
	/** Time from the acceptance of a job to its start. */
	queueMs: number;
	/** Time from the start of a job to its end. */
	runMs: number;
}

/** A request that the emulator received, whether it was accepted or not. */
export interface RecordedRequest {
	/** `files` for a request to the file server. */
	provider: ProviderId | 'files';
	stage: Stage;
	method: string;
	/** Path with the query. */
	path: string;
	headers: Record<string, string>;
	/** Parsed JSON, a `RecordedForm`, or null. */
	body: unknown;
	/** Status of the response, 0 if none was sent. */
	status: number;
	/** Time of arrival in milliseconds of the emulator's clock. */
	at: number;
}

/** A multipart form as it is recorded: without the bytes of its files. */
export interface RecordedForm {
	fields: Record<string, string>;
	files: Array<{ field: string; fileName: string; mimeType: string; size: number }>;
}

/** State of a job, independent of the words of its provider. */
export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'moderated' | 'cancelled';

/** Whether a job makes an image from a prompt alone or edits input images. */
export type Operation = 'generate' | 'edit';

/** An accepted, hence billed, job. Times are in milliseconds of the emulator's clock. */
export interface EmulatedJob {
	readonly provider: ProviderId;
	readonly id: string;
	/**
	 * Number of the job among those of its provider, from 1. `clear` does not reset it, so that tests of one
	 * job each see both forms of what alternates between odd and even jobs.
	 */
	readonly number: number;
	readonly model: string;
	readonly operation: Operation;
	readonly prompt: string;
	readonly seed: number;
	readonly width: number;
	readonly height: number;
	readonly format: ImageFormat;
	/** Body of the submit as it is recorded. */
	readonly body: unknown;
	readonly acceptedAt: number;
	readonly startsAt: number;
	/** Infinity for a job that never ends. */
	readonly endsAt: number;
	/** Whether the job fails because its run limit is shorter than its run. */
	readonly timesOut: boolean;
	/** Error text of a job that is going to fail; null for any other. */
	readonly failure: string | null;
	/** Present state by the emulator's clock. */
	readonly state: JobState;
}

/** Format of a generated or an input image. */
export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'gif' | 'avif';

/** Kind of a fault of a request or a job; `Fault.kind` says what each does. */
export type FaultKind =
	| 'status'
	| 'reset'
	| 'lostAnswer'
	| 'hang'
	| 'stall'
	| 'truncate'
	| 'html'
	| 'empty'
	| 'unknownStatus'
	| 'expired'
	| 'notAnImage'
	| 'corrupt'
	| 'redirect'
	| 'held'
	| 'large'
	| 'bomb'
	| 'noImage'
	| 'fail'
	| 'moderate'
	| 'never';

/** Kind of a fault of a webhook; `Fault.kind` says what each does. */
export type CallbackFaultKind = 'lost' | 'twice' | 'forged' | 'early' | 'late';

/** A misbehaviour that a test injects. */
export interface Fault {
	/** Provider whose requests or jobs are hit; any provider if absent. */
	provider?: ProviderId;
	stage: Stage | 'answer' | 'job' | 'callback';
	/**
	 * Instead of the route's handler, so that no job is accepted: `status`, `redirect`, `reset`, `held` (an
	 * error response of which the first half is sent, then nothing more).
	 *
	 * After the handler, so that a job is accepted and billed: `slow` (answered `ms` late), `lostAnswer`,
	 * `hang`, `stall`, `truncate`, `html`, `empty`, and for APIs alone `large` (the JSON with 30 MB of
	 * padding) and `bomb` (some kB of gzip that decompress to 66 MB of JSON).
	 *
	 * For a status request only: `unknownStatus`. For a download only: `expired`, `notAnImage`, `corrupt`.
	 *
	 * At the stage `answer`, for the next API response that names or holds an image: `noImage` (it comes
	 * without any).
	 *
	 * For the next accepted job: `fail`, `moderate`, `never` (the job stays active).
	 *
	 * For the webhook of the next job that is accepted with one: `lost` (never sent), `twice` (two requests
	 * at the same time), `forged` (the first request has an invalid signature), `early` (sent before the
	 * submit is answered; the job has ended by then), `late` (the first message of the job is delayed by
	 * `ms`).
	 */
	kind: FaultKind | 'slow' | CallbackFaultKind;
	/** How many matching requests (or jobs) are hit: 1 if absent, Infinity allowed. */
	times?: number;
	/** Status of the response: 500 for the kinds `status` and `held`, 302 for `redirect` if absent. */
	status?: number;
	headers?: Record<string, string>;
	/** Body of the kinds `status` and `held`; the provider's error body if absent. */
	body?: unknown;
	/** Target of the kind `redirect`, which requires it. */
	location?: string;
	/** Delay of the kinds `late` (a minute if absent) and `slow` (3 s if absent), in milliseconds. */
	ms?: number;
}

/** A request that the emulator sent to a job's webhook URL. */
export interface RecordedCallback {
	provider: ProviderId;
	jobId: string;
	url: string;
	/** Status of the receiver's response; 0 until it comes, and for good if none does. */
	status: number;
	/** Time of sending in milliseconds of the emulator's clock. */
	at: number;
}

/** An image that the file server offers as an input for edits. */
export interface SampleImage {
	url: string;
	bytes: Buffer;
	mimeType: string;
	width: number;
	height: number;
}

/** A running emulator. */
export interface Emulator {
	/** Origin of the APIs. */
	origin: string;
	/** Origin of the images, which differs from that of the APIs as it does at the real providers. */
	filesOrigin: string;
	providers: Record<ProviderId, { baseUrl: string; apiKey: string }>;
	/** May be changed at run time: it applies to the jobs that are accepted from then on. */
	timing: Timing;
	/** Every request in the order of arrival. */
	requests: RecordedRequest[];
	/** Every accepted job in the order of acceptance. */
	jobs: EmulatedJob[];
	/** Every webhook request, retries included, in the order of sending. */
	callbacks: RecordedCallback[];
	/** Queues a fault. Throws a ZodError for a fault that is malformed or could never occur. */
	inject: (fault: Fault) => void;
	/** Removes the injected faults. */
	calm: () => void;
	/** Removes requests, jobs, callbacks and faults, and resets the rate limits. */
	clear: () => void;
	/** Counts the injected faults that have yet to occur; those with infinite `times` excepted. */
	pendingFaults: () => number;
	/**
	 * Counts the connections whose response will never be completed, and that the client has not closed.
	 */
	unansweredConnections: () => number;
	sampleImage: SampleImage;
	/** Stops both servers and closes all their sockets at once. */
	close: () => Promise<void>;
}

/** Options of `startEmulator`, each with a default. */
export interface EmulatorOptions {
	/** Port of the APIs; a free one if absent. */
	port?: number;
	/** Port of the images; a free one if absent. */
	filesPort?: number;
	/** 30 ms in the queue and 120 ms of running if absent. */
	timing?: Partial<Timing>;
	/** API keys by provider; random ones if absent. */
	apiKeys?: Partial<Record<ProviderId, string>>;
	/** The system clock if absent. */
	clock?: EmulatorClock;
	/** Draws the images of jobs; `drawPicture` if absent. */
	draw?: (spec: PictureSpec) => Promise<Buffer>;
}
