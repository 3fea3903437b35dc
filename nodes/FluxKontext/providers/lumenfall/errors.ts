import type { Fault, FaultCode } from '../../core/base/faults';
import { isObject } from '../../core/base/json';
import { errorText, faultFromHttp } from '../../core/http/errors';
import type { HttpResponse } from '../../core/http/ports';
import { codeForStatus, isSuccess } from '../../core/http/status';
import { mentionsModeration } from '../shared/moderation';

/** Name of the provider in messages. */
export const name = 'Lumenfall';

const faultCodes: Readonly<Record<string, FaultCode>> = {
	INVALID_REQUEST: 'invalidRequest',
	CONTENT_POLICY_VIOLATION: 'moderated',
	AUTHENTICATION_FAILED: 'auth',
	INSUFFICIENT_BALANCE: 'payment',
	MODEL_NOT_FOUND: 'notFound',
	MODEL_DISABLED: 'notFound',
	RATE_LIMITED: 'rateLimited',
	// Definite failures: no image was made, so the outcome of the submit is known.
	ALL_PROVIDERS_EXHAUSTED: 'failed',
	UPSTREAM_ERROR: 'failed',
};

/** Reads the provider's code: `{ error: { code } }`, or a flat `error_code` (its own scripts read both). */
export function errorCode(body: unknown): string | null {
	if (!isObject(body)) return null;
	const { error, error_code: flatCode } = body;
	const code = isObject(error) ? error['code'] : flatCode;
	return typeof code === 'string' ? code : null;
}

/** Maps an error response, or a 200 response with an error in its body, to a fault. */
export function parseError(response: HttpResponse): Fault {
	const providerStatus = errorCode(response.body);
	const known =
		providerStatus !== null && Object.hasOwn(faultCodes, providerStatus)
			? faultCodes[providerStatus]
			: undefined;
	const code = known ?? (isSuccess(response) ? 'failed' : codeForStatus(response.status));
	// A refusal by an upstream provider may be reported as its failure, so the wording counts too.
	const isModerated =
		(known === undefined || known === 'failed') && mentionsModeration(errorText(response.body) ?? '');
	return { ...faultFromHttp(name, response, isModerated ? 'moderated' : code), providerStatus };
}
