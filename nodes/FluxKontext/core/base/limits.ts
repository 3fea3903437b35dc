/** Images that one job may deliver at most; no model makes more at a time, and each is a download. */
export const MAX_IMAGES = 100;

/**
 * Bounds of the engine: how long it waits, how often it tries, how much it reads. All values are inclusive.
 */
export interface Limits {
	/**
	 * Milliseconds until a submit must be answered; the provider may first download input images from their
	 * URLs.
	 */
	submitTimeoutMs: number;
	/** Milliseconds until any other API request must be answered. */
	statusTimeoutMs: number;
	/** Milliseconds that one attempt at downloading an image may take. */
	downloadTimeoutMs: number;
	/** Milliseconds until a cancel request must be answered. */
	cancelTimeoutMs: number;
	/** Attempts at a cancel request; few, because the caller has already given up on the job. */
	maxCancelAttempts: number;
	/**
	 * Milliseconds that a stopped run waits for a response that names or cancels its job, before it continues
	 * alone.
	 */
	stopGraceMs: number;

	/** Bytes of an API response without images. */
	maxResponseBytes: number;
	/** Bytes of an API response that may hold images as base64. */
	maxImageResponseBytes: number;
	/** Bytes of one image. */
	maxImageBytes: number;
	/**
	 * Bytes within which type and size of an image must be found; a JPEG may have a colour profile or EXIF
	 * before them.
	 */
	maxImageHeaderBytes: number;

	/** Attempts at a connection that cannot be established. */
	maxConnectAttempts: number;
	/** Milliseconds before the first retry; each further one waits twice as long. */
	firstRetryMs: number;
	/** Milliseconds that a retry waits at most. */
	maxRetryMs: number;
	/** Milliseconds that a server's `Retry-After` can postpone the next attempt at most. */
	maxRetryAfterMs: number;

	/**
	 * Milliseconds that a job waits for a slot of its connection; the job's own timeout starts afterwards.
	 */
	slotTimeoutMs: number;
	/** Milliseconds within which the state of a job must be read when it is checked once. */
	checkTimeoutMs: number;
	/** Attempts at a download that returns something other than a complete image. */
	maxIncompleteAttempts: number;
	/** Attempts at fetching an input image. */
	maxInputAttempts: number;
	/** Milliseconds that the host may take to store an image. */
	storeTimeoutMs: number;
	/** Attempts at storing an image. */
	maxStoreAttempts: number;
	/** New links that are requested in place of expired ones, for all images of a job together. */
	maxRenewals: number;
	/** Responses in a row without a readable image at which a finished job ends. */
	maxUnreadableLooks: number;
	/** Responses in a row with an infrastructure error at which a failure told in them is believed. */
	maxDoubtfulFailures: number;
	/** Age of a job in milliseconds below which "not found" means that the provider does not list it yet. */
	notFoundGraceMs: number;
}

const SECOND_MS = 1_000;
const MEGABYTE = 1024 * 1024;

/** Bounds that hold unless `createEngine` is given others. */
export const defaultLimits: Limits = Object.freeze({
	submitTimeoutMs: 120 * SECOND_MS,
	statusTimeoutMs: 30 * SECOND_MS,
	downloadTimeoutMs: 120 * SECOND_MS,
	cancelTimeoutMs: 10 * SECOND_MS,
	maxCancelAttempts: 3,
	stopGraceMs: 400,

	maxResponseBytes: 2 * MEGABYTE,
	maxImageResponseBytes: 64 * MEGABYTE,
	maxImageBytes: 100 * MEGABYTE,
	maxImageHeaderBytes: 512 * 1024,

	maxConnectAttempts: 4,
	firstRetryMs: SECOND_MS,
	maxRetryMs: 30 * SECOND_MS,
	maxRetryAfterMs: 60 * SECOND_MS,

	slotTimeoutMs: 3_600 * SECOND_MS,
	checkTimeoutMs: 30 * SECOND_MS,
	maxIncompleteAttempts: 3,
	maxInputAttempts: 5,
	storeTimeoutMs: 120 * SECOND_MS,
	maxStoreAttempts: 5,
	maxRenewals: 3,
	maxUnreadableLooks: 4,
	maxDoubtfulFailures: 2,
	notFoundGraceMs: 10 * SECOND_MS,
});
