import type { EmulatorClock } from './clock';
import type { PictureOrder } from './picture';

export type ProviderId = keyof typeof import('./providers');

export type Stage = 'submit' | 'status' | 'result' | 'download' | 'cancel' | 'credentialTest' | 'other';

export interface Timing {
	queueMs: number;
	runMs: number;
}

export interface RecordedRequest {
	provider: ProviderId | 'files';
	stage: Stage;
	method: string;
	/** With the query. */
	path: string;
	headers: Record<string, string>;
	/** Parsed JSON, a `RecordedForm`, or null. */
	body: unknown;
	/** What was answered, 0 when nothing was. */
	status: number;
	/** By the emulator's clock. */
	at: number;
}

export interface RecordedForm {
	fields: Record<string, string>;
	files: Array<{ field: string; fileName: string; mimeType: string; size: number }>;
}

export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'moderated' | 'cancelled';
export type Operation = 'generate' | 'edit';

/** An accepted, hence billed, job. Times are in milliseconds of the emulator's clock. */
export interface EmulatedJob {
	readonly provider: ProviderId;
	readonly id: string;
	/**
	 * 1 for the first job of its provider. A clear does not begin again, so that tests of one job
	 * each meet both of what alternates.
	 */
	readonly number: number;
	readonly model: string;
	readonly operation: Operation;
	readonly prompt: string;
	readonly seed: number;
	readonly width: number;
	readonly height: number;
	readonly format: ImageFormat;
	readonly body: unknown;
	readonly acceptedAt: number;
	readonly startsAt: number;
	/** Infinity for a job that never ends. */
	readonly endsAt: number;
	/** Ends failed because its own run limit is shorter than its run. */
	readonly timesOut: boolean;
	/** What went wrong, for a job that is going to fail. */
	readonly failure: string | null;
	readonly state: JobState;
}

export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'gif' | 'avif';

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
	| 'fail'
	| 'moderate'
	| 'never';

export type CallbackFaultKind = 'lost' | 'twice' | 'forged' | 'early' | 'late';

export interface Fault {
	/** Any provider if absent. */
	provider?: ProviderId;
	stage: Stage | 'job' | 'callback';
	/**
	 * Instead of the real handler, so a job is not accepted: `status`, `redirect`, `reset`.
	 * After it, so a job is accepted and billed: `lostAnswer`, `hang`, `stall`, `truncate`, `html`, `empty`.
	 * Only for a status: `unknownStatus`; a download: `expired`, `notAnImage`, `corrupt`;
	 * the next accepted job: `fail`, `moderate`, `never`; the callback of the next job accepted with one: `lost` (never
	 * sent), `twice` (at once), `forged` (the first try), `early` (before the submit is answered; the job has ended by
	 * then), `late` (the first message of the job, by `ms`).
	 */
	kind: FaultKind | CallbackFaultKind;
	/** How many matching requests (or jobs) are hit: 1 if absent, Infinity allowed. */
	times?: number;
	status?: number;
	headers?: Record<string, string>;
	body?: unknown;
	location?: string;
	/** How late: a minute if absent. */
	ms?: number;
}

/** A call to the URL that came with a submit. */
export interface RecordedCallback {
	provider: ProviderId;
	jobId: string;
	url: string;
	/** What the receiver has answered; 0 until then, and when it answers nothing. */
	status: number;
	/** By the emulator's clock. */
	at: number;
}

export interface SampleImage {
	url: string;
	bytes: Buffer;
	mimeType: string;
	width: number;
	height: number;
}

export interface Emulator {
	/** Of the APIs. */
	origin: string;
	/** Of the images: another origin on purpose. */
	filesOrigin: string;
	providers: Record<ProviderId, { baseUrl: string; apiKey: string }>;
	/** May be changed at run time: it holds for the jobs accepted from then on. */
	timing: Timing;
	requests: RecordedRequest[];
	jobs: EmulatedJob[];
	/** Every try, in the order in which they were sent. */
	callbacks: RecordedCallback[];
	inject: (fault: Fault) => void;
	/** Forgets the faults. */
	calm: () => void;
	/** Forgets requests, jobs, callbacks and faults. */
	clear: () => void;
	sampleImage: SampleImage;
	/** Closes all sockets at once. */
	close: () => Promise<void>;
}

export interface EmulatorOptions {
	port?: number;
	filesPort?: number;
	timing?: Partial<Timing>;
	apiKeys?: Partial<Record<ProviderId, string>>;
	/** The real one if absent. */
	clock?: EmulatorClock;
	/** Makes the images of jobs; true ones of their own if absent. */
	draw?: (order: PictureOrder) => Promise<Buffer>;
}
