import { fail, type Failed } from '../../core/base/faults';

/** Formats the message of a job that failed at the provider. `text` is the provider's own explanation. */
export const couldNotMakeImage = (provider: string, text: string | null): string =>
	`${provider} could not make the image${text === null ? '' : `: ${text}`}`;

/**
 * Formats the message of a job that ended with this status word. `text` is the provider's own explanation.
 */
export const endedAs = (provider: string, status: string, text: string | null): string =>
	`${provider} ended the job as ${status}${text === null ? '' : `: ${text}`}`;

/** Creates the result of a response that reports success without an image. */
export const noImageNamed = (provider: string): Failed =>
	fail('badResponse', `${provider} says that the job succeeded, but names no image`);

/** Creates the result of a synchronous response without an image. */
export const noImageInResponse = (provider: string): Failed =>
	fail('badResponse', `${provider} answered without an image`);
