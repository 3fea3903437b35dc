import { fault, type Fault, type FaultCode } from '../../core/base/faults';
import { isObject, textOf } from '../../core/base/json';
import { errorText } from '../../core/http/errors';
import type { HttpResponse } from '../../core/http/ports';
import { codeForStatus } from '../../core/http/status';
import { endedAs } from '../shared/failures';
import { mentionsModeration } from '../shared/moderation';

/** Name of the provider in messages. */
export const name = 'Vtrix';

/** Error that a body describes. */
interface ApiError {
	text: string | null;
	/** The platform's own code; empty where the body has none. */
	code: string;
}

/** Reads the error of a body: `status` of SeaCloud's envelope, or else `error`, text or an object. */
export function readError(body: unknown): ApiError {
	const { status, error } = isObject(body) ? body : {};
	const source = isObject(status) ? status : error;
	const code = isObject(source) ? (source['error_code'] ?? source['code']) : null;
	return {
		text: errorText(source),
		code: typeof code === 'number' || typeof code === 'string' ? String(code) : '',
	};
}

/** Tells whether a code is one of SeaCloud's codes for an empty balance. */
const isBalanceCode = (code: string): boolean => /^4020[1-8]$/.test(code);

const mentionsBalance = (text: string | null): boolean =>
	text !== null && /balance|insufficient|credits?\b|top.?up|recharge|arrears/i.test(text);

function codeOf(httpStatus: number, { text, code }: ApiError): FaultCode {
	// 403 is documented as "balance or permission".
	if (isBalanceCode(code) || (httpStatus === 403 && mentionsBalance(text))) return 'payment';
	return [400, 422].includes(httpStatus) && text !== null && mentionsModeration(text)
		? 'moderated'
		: codeForStatus(httpStatus);
}

/** Creates the fault of a response. `effectiveStatus` decides the code; it may come from the envelope. */
function faultOf({ status }: HttpResponse, error: ApiError, effectiveStatus: number): Fault {
	const { text, code } = error;
	const message = `${name} answered ${status}${text === null ? '' : `: ${text}`}`;
	return fault(codeOf(effectiveStatus, error), message, {
		httpStatus: status,
		providerStatus: code || null,
	});
}

/** Maps a response with an error status to a fault. */
export function parseError(response: HttpResponse): Fault {
	const { text, code } = readError(response.body);
	return faultOf(response, { text: text ?? errorText(response.body), code }, response.status);
}

/** Lowest code in SeaCloud's envelope that reports an error. */
const MIN_ERROR_CODE = 400;

/** Returns the fault that a 2xx response states in its body; `null` where it states none that is definite. */
export function refusalIn(response: HttpResponse): Fault | null {
	const { status, body } = response;
	const error = readError(body);
	const envelopeCode =
		isObject(body) && isObject(body['status']) ? Number(textOf(body['status']['code'])) : Number.NaN;
	if (Number.isInteger(envelopeCode) && envelopeCode >= MIN_ERROR_CODE)
		return faultOf(response, error, envelopeCode);
	return isBalanceCode(error.code) ? faultOf(response, error, status) : null;
}

/** Creates the fault of a job that ended with this status word. `error` comes from its task. */
export function failureOf(status: string, error: unknown): Fault {
	const { text, code } = readError({ error });
	const message = endedAs(name, status, text);
	const details = { providerStatus: status };
	if (isBalanceCode(code)) return fault('payment', message, details);
	if (status.toLowerCase().startsWith('cancel')) return fault('cancelled', message, details);
	const isModerated = text !== null && mentionsModeration(text);
	return fault(isModerated ? 'moderated' : 'failed', message, details);
}
