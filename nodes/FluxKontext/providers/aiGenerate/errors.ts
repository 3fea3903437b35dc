import { fault, type Fault, type FaultCode } from '../../core/base/faults';
import { isObject, textOf } from '../../core/base/json';
import { errorText } from '../../core/http/errors';
import type { HttpResponse } from '../../core/http/ports';
import { codeForStatus } from '../../core/http/status';
import { couldNotMakeImage } from '../shared/failures';
import { mentionsModeration } from '../shared/moderation';

/** Name of the provider in messages. */
export const name = 'AI Generate';

/** kie.ai's codes beyond those of HTTP. */
const faultCodes: Readonly<Record<number, FaultCode>> = {
	// The input image could not be downloaded.
	451: 'invalidRequest',
	// Maintenance.
	455: 'unavailable',
	// The generation failed.
	501: 'failed',
	// The feature is switched off.
	505: 'invalidRequest',
};

/** Lowest code in the body of a 200 response that reports an error; it overrides the HTTP status. */
const MIN_ERROR_CODE = 300;

/** Returns the HTTP status, or the `code` of the body where a 200 response carries an error. */
export function effectiveStatus({ status, body }: HttpResponse): number {
	const code = isObject(body) ? Number(textOf(body['code'])) : Number.NaN;
	return status === 200 && Number.isInteger(code) && code >= MIN_ERROR_CODE ? code : status;
}

/** Maps an error response, or a 200 response with an error code in its body, to a fault. */
export function parseError(response: HttpResponse): Fault {
	const status = effectiveStatus(response);
	const codeInBody = status === response.status ? null : String(status);
	const text = errorText(response.body);
	const isRefusal = [400, 422].includes(status) && text !== null && mentionsModeration(text);
	const code = isRefusal ? 'moderated' : (faultCodes[status] ?? codeForStatus(status));
	const answered =
		codeInBody === null ? `${response.status}` : `${response.status} with the code ${codeInBody}`;
	return fault(code, `${name} answered ${answered}${text === null ? '' : `: ${text}`}`, {
		httpStatus: response.status,
		providerStatus: codeInBody,
	});
}

/** Creates the fault of a job that failed with this status word. `text` is the provider's own explanation. */
export function failureOf(status: string, text: string | null): Fault {
	const code = text !== null && mentionsModeration(text) ? 'moderated' : 'failed';
	return fault(code, couldNotMakeImage(name, text), { providerStatus: status });
}
