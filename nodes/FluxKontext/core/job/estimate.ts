import { fail, type Result } from '../base/faults';
import { isSuccess } from '../http/status';
import type { PreparedRequest } from '../request/imageRequest';
import { sendAuthenticated, untrustedAddress, type JobContext } from './context';
import { buildEstimate, parseError, parseEstimate } from './providerCalls';
import type { Handle } from './snapshot';

/**
 * Asks the provider what a request would cost, in USD; `null` where it has no such endpoint. Nothing is made
 * or charged. Never rejects.
 */
export async function requestPrice<H extends Handle>(
	context: JobContext<H>,
	request: PreparedRequest,
): Promise<Result<number> | null> {
	const { provider, signal, engine } = context;
	const { displayName } = provider;
	const priceRequest = buildEstimate(context, request);
	if (!priceRequest?.ok) return priceRequest;
	const { statusTimeoutMs } = engine.limits;
	const outcome = await sendAuthenticated(context, priceRequest.value, {
		timeoutMs: statusTimeoutMs,
		signal,
	});
	switch (outcome.kind) {
		case 'untrusted':
			return { ok: false, fault: untrustedAddress(provider) };
		case 'noAnswer':
			return fail(
				'unavailable',
				`${displayName} did not say what the image would cost (${outcome.reason}); ` +
					'nothing was submitted',
			);
		case 'response':
			return isSuccess(outcome.response)
				? parseEstimate(provider, outcome.response)
				: { ok: false, fault: parseError(provider, outcome.response) };
	}
}
