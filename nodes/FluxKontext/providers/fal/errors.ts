import { fault, type Fault, type FaultCode } from '../../core/base/faults';
import type { HttpResponse } from '../../core/http/ports';
import { codeForStatus } from '../../core/http/errors';
import { isObject } from '../../core/base/json';
import { soundsModerated } from '../shared/answers';

// Source: fal.ai/docs (errors of the models and of the infrastructure).

export const name = 'fal';

/** The types of an error body: of each entry of a model's error, or the one of the infrastructure's. */
export function errorTypes(body: unknown): string[] {
	if (!isObject(body)) return [];
	const { detail, error_type: infrastructure } = body;
	const entries: unknown[] = Array.isArray(detail) ? detail : [];
	return [infrastructure, ...entries.map((entry) => (isObject(entry) ? entry['type'] : null))].filter(
		(type): type is string => typeof type === 'string' && type !== '',
	);
}

/** Infrastructure errors that tell of the job and not of the request that asked for it. */
const JOB_ERROR = /^(?:runner_|request_timeout$|startup_timeout$|client_cancelled$|client_disconnected$)/;

/** A job that failed answers the request for its result with the error of its run. */
export function tellsOfJob({ body }: HttpResponse): boolean {
	const listed = isObject(body) && Array.isArray(body['detail']);
	return errorTypes(body).some((type) => listed || JOB_ERROR.test(type));
}

export function codeFor(types: readonly string[], text: string | null): FaultCode | null {
	if (types.includes('content_policy_violation') || (text !== null && soundsModerated(text)))
		return 'moderated';
	if (types.some((type) => type.startsWith('client_cancel'))) return 'cancelled';
	return text !== null && /exhausted balance|top up your balance/i.test(text) ? 'payment' : null;
}

export function jobFault(types: readonly string[], text: string | null, httpStatus: number | null): Fault {
	const invalid = httpStatus !== null && codeForStatus(httpStatus) === 'invalidRequest';
	const code = codeFor(types, text) ?? (invalid ? 'invalidRequest' : 'failed');
	const what = code === 'moderated' ? 'refused the prompt or an image' : 'could not make the image';
	return fault(code, `${name} ${what}${text === null ? '' : `: ${text}`}`, {
		httpStatus,
		providerStatus: types[0] ?? null,
		// "422 may be charged."
		...(code === 'invalidRequest' && {
			description: 'Correct the named field or the input image, then run again.',
		}),
	});
}
