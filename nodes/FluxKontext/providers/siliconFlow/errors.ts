import type { Fault, FaultCode } from '../../core/base/faults';
import { isObject } from '../../core/base/json';
import { errorText, faultFromHttp } from '../../core/http/errors';
import type { HttpResponse } from '../../core/http/ports';
import { codeForStatus } from '../../core/http/status';
import { mentionsModeration } from '../shared/moderation';

/** Name of the provider in messages and in the panel. */
export const name = 'SiliconFlow';

/** "Model service overloaded": the request was not accepted, which other responses with 503 leave open. */
const OVERLOADED = '50505';

function codeFor(status: number, errorCode: string | null, text: string): FaultCode {
	if (errorCode === OVERLOADED) return 'rateLimited';
	if (/balance/i.test(text) && /insufficient|not enough/i.test(text)) return 'payment';
	const code = codeForStatus(status);
	// No document says how a moderated image is reported. Text of a 5xx is not searched: it refuses nothing.
	const isRefusal = code === 'invalidRequest' || status === 403 || status === 451;
	return isRefusal && mentionsModeration(text) ? 'moderated' : code;
}

/** Maps `{ code, message, data }`, or a bare string ("Invalid token", "404 page not found"), to a fault. */
export function parseError(response: HttpResponse): Fault {
	const { body, status } = response;
	const code = isObject(body) ? body['code'] : null;
	const errorCode = typeof code === 'number' || typeof code === 'string' ? String(code) : null;
	return {
		...faultFromHttp(name, response, codeFor(status, errorCode, errorText(body) ?? '')),
		providerStatus: errorCode,
	};
}
