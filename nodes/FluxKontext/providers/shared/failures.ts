import { fail, fault, type Failed } from '../../core/base/faults';
import { isObject } from '../../core/base/json';
import { clip } from '../../core/base/text';
import { errorText } from '../../core/http/errors';
import type { Handle, UnreadableSnapshot } from '../../core/job/snapshot';

/** Formats the message of a job that failed at the provider. `text` is the provider's own explanation. */
export const couldNotMakeImage = (provider: string, text: string | null): string =>
	`${provider} could not make the image${text === null ? '' : `: ${text}`}`;

/**
 * Formats the message of a job that ended with this status word. `text` is the provider's own explanation.
 */
export const endedAs = (provider: string, status: string, text: string | null): string =>
	`${provider} ended the job as ${status}${text === null ? '' : `: ${text}`}`;

/** Keys of a response that an error lists. */
const MAX_KEYS = 12;
/** Characters of a key. */
const MAX_KEY_CHARACTERS = 40;

/** Lists the keys of a response, so that an error says what came in place of an image. */
export function keysOf(body: unknown): string {
	if (!isObject(body)) return Array.isArray(body) ? 'a list' : `a ${typeof body}`;
	const keys = Object.keys(body);
	const listed = keys.slice(0, MAX_KEYS).map((key) => clip(key, MAX_KEY_CHARACTERS));
	const rest = keys.length > MAX_KEYS ? `, and ${keys.length - MAX_KEYS} more` : '';
	return keys.length === 0 ? 'no keys' : `keys: ${listed.join(', ')}${rest}`;
}

/** Creates the snapshot of a job that the provider calls finished in a response without a readable image. */
export function unreadable<H extends Handle>(
	provider: string,
	handle: H,
	providerStatus: string,
	body: unknown,
): UnreadableSnapshot<H> {
	const text = errorText(body);
	const message =
		`${provider} says that the job is ${providerStatus}, but its answer holds no image that can be ` +
		`read (${keysOf(body)})${text === null ? '' : `: ${text}`}`;
	return {
		state: 'unreadable',
		handle,
		providerStatus,
		fault: fault('badResponse', message, { providerStatus }),
	};
}

/** Creates the result of a synchronous response without an image. */
export function noImageInResponse(provider: string, body: unknown): Failed {
	const text = errorText(body);
	return fail(
		'badResponse',
		`${provider} answered without an image that can be read (${keysOf(body)})` +
			(text === null ? '' : `: ${text}`),
	);
}
