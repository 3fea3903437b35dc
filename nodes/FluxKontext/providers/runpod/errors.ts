import { fault, type Fault, type FaultCode } from '../../core/base/faults';
import { parseJson } from '../../core/base/json';
import { errorText, faultFromHttp } from '../../core/http/errors';
import type { HttpResponse } from '../../core/http/ports';
import { endedAs } from '../shared/failures';
import { mentionsModeration } from '../shared/moderation';

/** Name of the provider in messages and in the panel. */
export const name = 'Runpod';

/**
 * Extracts the text of the innermost error: a text may end in the JSON of the layer below, such as
 * `Error submitting task: 400, {"code":400,"message":"…"}`.
 */
function innermostText(error: unknown): string | null {
	const text = errorText(error);
	if (text === null) return null;
	const start = text.lastIndexOf('{');
	return (start >= 0 ? errorText(parseJson(text.slice(start))) : null) ?? text;
}

function codeFor(status: string, text: string | null): FaultCode {
	if (status.toLowerCase().startsWith('cancel')) return 'cancelled';
	return text !== null && mentionsModeration(text) ? 'moderated' : 'failed';
}

/** Creates the fault of a job that ended without success, from its status word and its `error`. */
export function failureOf(status: string, error: unknown): Fault {
	const text = innermostText(error);
	return fault(codeFor(status, text), endedAs(name, status, text), { providerStatus: status });
}

/** Maps a response with an error status to a fault. */
export function parseError(response: HttpResponse): Fault {
	const plain = faultFromHttp(name, response);
	const text = innermostText(response.body);
	return text === null ? plain : { ...plain, message: `${name} answered ${response.status}: ${text}` };
}
