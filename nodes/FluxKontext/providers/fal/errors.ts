import { fault, type Fault, type FaultCode } from '../../core/base/faults';
import { isObject } from '../../core/base/json';
import { clip, MAX_WORD_CHARACTERS } from '../../core/base/text';
import { errorText, faultFromHttp } from '../../core/http/errors';
import type { HttpResponse } from '../../core/http/ports';
import { codeForStatus } from '../../core/http/status';
import { couldNotMakeImage } from '../shared/failures';
import { mentionsModeration } from '../shared/moderation';

// Source: fal.ai/docs (errors of the models and of the infrastructure).

/** Name of the provider in messages and in the panel. */
export const name = 'fal';

/** Infrastructure errors that describe the job, not the request whose response they are. */
const JOB_ERROR = /^(?:runner_|request_timeout$|startup_timeout$|client_cancelled$|client_disconnected$)/;

/** Wording of an exhausted balance, which has no error type. */
const EXHAUSTED_BALANCE = /exhausted balance|top up your balance/i;

/**
 * Lists the types of an error body: that of the infrastructure's error, then those of the entries of a
 * model's error.
 */
export function errorTypes(body: unknown): string[] {
	if (!isObject(body)) return [];
	const { detail, error_type: infrastructure } = body;
	const entries: unknown[] = Array.isArray(detail) ? detail : [];
	return [infrastructure, ...entries.map((entry) => (isObject(entry) ? entry['type'] : null))].filter(
		(type): type is string => typeof type === 'string' && type !== '',
	);
}

/** Returns the code that an error's types or its text name; `null` where they name none. */
function codeFor(types: readonly string[], text: string | null): FaultCode | null {
	if (types.includes('content_policy_violation') || (text !== null && mentionsModeration(text)))
		return 'moderated';
	if (types.some((type) => type.startsWith('client_cancel'))) return 'cancelled';
	return text !== null && EXHAUSTED_BALANCE.test(text) ? 'payment' : null;
}

/**
 * Tells whether an error response describes a failed job: the request for the result of such a job is
 * answered with the error of its run.
 */
export function describesFailedJob({ body }: HttpResponse): boolean {
	const isModelError = isObject(body) && Array.isArray(body['detail']);
	return errorTypes(body).some((type) => isModelError || JOB_ERROR.test(type));
}

/** Tells whether a response with an error status is the end of the job. A rejected key never is. */
export const readsErrorStatus = (response: HttpResponse): boolean =>
	codeForStatus(response.status) !== 'auth' && describesFailedJob(response);

/** Creates the fault of a failed job. `httpStatus` is `null` where a 2xx response reports the failure. */
export function failureOf(types: readonly string[], text: string | null, httpStatus: number | null): Fault {
	const isInvalid = httpStatus !== null && codeForStatus(httpStatus) === 'invalidRequest';
	const code = codeFor(types, text) ?? (isInvalid ? 'invalidRequest' : 'failed');
	const message =
		code === 'moderated'
			? `${name} refused the prompt or an image${text === null ? '' : `: ${text}`}`
			: couldNotMakeImage(name, text);
	return fault(code, message, {
		httpStatus,
		providerStatus: types[0] ?? null,
		// "422 may be charged": the advice of the code says that nothing was.
		...(code === 'invalidRequest' && {
			description: 'Correct the named field or the input image, then run again.',
		}),
	});
}

/** Returns the status word of the queue's own errors: `{"status":"NOT_FOUND"}`, `"ALREADY_COMPLETED"`. */
const queueErrorOf = (body: unknown): string | null =>
	isObject(body) && typeof body['status'] === 'string' ? clip(body['status'], MAX_WORD_CHARACTERS) : null;

/** Maps a response with an error status to a fault. */
export function parseError(response: HttpResponse): Fault {
	const { body, status } = response;
	const text = errorText(body);
	const types = errorTypes(body);
	const plain = faultFromHttp(name, response, codeFor(types, text) ?? codeForStatus(status));
	const queueError = text === null ? queueErrorOf(body) : null;
	return {
		...plain,
		message: queueError === null ? plain.message : `${plain.message}: ${queueError}`,
		providerStatus: types[0] === undefined ? queueError : clip(types[0], MAX_WORD_CHARACTERS),
	};
}
