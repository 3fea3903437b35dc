import { fault, type Fault, type FaultCode } from '../../core/base/faults';
import { isObject } from '../../core/base/json';
import { clip, MAX_WORD_CHARACTERS } from '../../core/base/text';
import { errorText, faultFromHttp } from '../../core/http/errors';
import type { HttpResponse } from '../../core/http/ports';
import { endedAs } from '../shared/failures';
import { mentionsModeration } from '../shared/moderation';

/** Name of the provider in messages and in the panel. */
export const name = 'Replicate';

/** Error code of the official models for flagged content. */
const FLAGGED = /\bE005\b/;

function codeFor(status: string, text: string | null): FaultCode {
	if (/^(?:cancel|abort)/i.test(status)) return 'cancelled';
	return text !== null && (FLAGGED.test(text) || mentionsModeration(text)) ? 'moderated' : 'failed';
}

/** Creates the fault of a prediction that ended without success, from its status word and its `error`. */
export function failureOf(status: string, error: unknown): Fault {
	const text = errorText(error);
	return fault(codeFor(status, text), endedAs(name, status, text), { providerStatus: status });
}

/** Creates the fault of a prediction whose image has been deleted. */
export const imageDeleted = (status: string): Fault =>
	fault('expired', `${name} has deleted the image, as it does an hour after the job`, {
		providerStatus: status,
	});

/** Maps a response with an error status to a fault. Some error bodies have a `title` and no other text. */
export function parseError(response: HttpResponse): Fault {
	const { body } = response;
	const plain = faultFromHttp(name, response);
	if (!isObject(body) || errorText(body) !== null || typeof body['title'] !== 'string') return plain;
	return { ...plain, message: `${plain.message}: ${clip(body['title'], MAX_WORD_CHARACTERS)}` };
}
