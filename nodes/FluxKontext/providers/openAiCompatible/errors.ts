import type { Fault, FaultCode } from '../../core/base/faults';
import { isObject } from '../../core/base/json';
import { errorText, faultFromHttp } from '../../core/http/errors';
import type { HttpResponse } from '../../core/http/ports';
import { codeForStatus } from '../../core/http/status';
import { isLoading, waitForModel } from '../shared/loading';
import { mentionsModeration } from '../shared/moderation';

/** Name of the provider in messages and in the panel. */
export const name = 'OpenAI-Compatible Server';

/** Returns the `code` of `{ error: { code } }`; `null` where there is none. */
function errorCodeOf(body: unknown): string | null {
	const error = isObject(body) ? body['error'] : null;
	const code = isObject(error) ? error['code'] : null;
	return typeof code === 'string' ? code : null;
}

function codeFor(status: number, errorCode: string | null, text: string | null): FaultCode {
	const words = `${errorCode ?? ''} ${text ?? ''}`.replaceAll('_', ' ');
	if (mentionsModeration(words)) return 'moderated';
	if (/insufficient quota|billing/i.test(words)) return 'payment';
	// The response is the result: here the server itself says that it made no image.
	if (status < 300 || (status === 500 && text !== null)) return 'failed';
	return codeForStatus(status);
}

/**
 * Maps an error to a fault: `{ error: { message, code } }` as from OpenAI, `{ error: "…" }` as from
 * stable-diffusion.cpp, `{ detail }` as from FastAPI. It may come with a 2xx status.
 */
export function parseError(response: HttpResponse): Fault {
	const errorCode = errorCodeOf(response.body);
	const text = errorText(response.body);
	if (isLoading(response))
		return { ...faultFromHttp(name, response, 'rateLimited'), description: waitForModel };
	return {
		...faultFromHttp(name, response, codeFor(response.status, errorCode, text)),
		providerStatus: errorCode,
	};
}
