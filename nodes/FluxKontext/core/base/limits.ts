/** Every bound of the engine in one place; milliseconds and bytes. */

/** An answer to a submit: the provider may first fetch the input images from their URLs. */
export const SUBMIT_TIMEOUT_MS = 120_000;
export const STATUS_TIMEOUT_MS = 30_000;
export const DOWNLOAD_TIMEOUT_MS = 120_000;
export const CANCEL_TIMEOUT_MS = 10_000;
/** How often a cancel request that got no answer is made: nobody waits for the job any more, so not until the deadline. */
export const MAX_CANCEL_ATTEMPTS = 3;
/** How long a stopped run still waits for an answer that names or cancels its job; after it, that goes on behind it. */
export const STOP_GRACE_MS = 400;

/** A JSON answer; generous because some providers put the image into it as base64. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** Of one job; no model makes as many at a time, and each is a download. */
export const MAX_IMAGES = 100;
export const MAX_IMAGE_BYTES = 100 * 1024 * 1024;
/** Type and size of an image stand in its first bytes, but a JPEG may have a large colour profile or EXIF block before them. */
export const MAX_IMAGE_HEADER_BYTES = 512 * 1024;

/** How often a connection that was never made is tried again before it is reported: 1, 2 and 4 s apart. */
export const MAX_CONNECT_ATTEMPTS = 4;
export const FIRST_RETRY_MS = 1_000;
export const MAX_RETRY_MS = 30_000;
/** A server that asks for more than this is asked again after this long. */
export const MAX_RETRY_AFTER_MS = 60_000;

/** How long a job waits for a place among the unfinished ones of its account; its own time begins after it. */
export const PLACE_TIMEOUT_MS = 3_600_000;
/** `get` asks for a job as it is now; what troubles that look is ridden out no longer than this. */
export const LOOK_TIMEOUT_MS = 30_000;
/** How often an image is fetched of which something else comes, or only a part. */
export const MAX_SPOILED_ATTEMPTS = 3;
/** How often new links are asked for in the place of one that has run out. */
export const MAX_RENEWALS = 3;

/** A provider may not know a job yet in the first moments after it gave its id. */
export const NOT_FOUND_GRACE_MS = 10_000;
