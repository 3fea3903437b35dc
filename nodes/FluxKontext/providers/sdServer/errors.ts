import { fault, type Fault } from '../../core/base/faults';
import { errorText, faultFromHttp } from '../../core/http/errors';
import type { HttpResponse } from '../../core/http/ports';
import { endedAs } from '../shared/failures';
import { isLoading, waitForModel } from '../shared/loading';

/** Name of the provider in messages and in the panel. */
export const name = 'Stable-Diffusion.cpp Server';

/** Creates the fault of a job that failed or was cancelled, from its status word and its `error`. */
export function failureOf(providerStatus: string, error: unknown): Fault {
	const code = providerStatus.toLowerCase().startsWith('cancel') ? 'cancelled' : 'failed';
	return fault(code, endedAs(name, providerStatus, errorText(error)), { providerStatus });
}

/** Status of a request that the server could not work on; it has queued nothing (seen at the real server). */
const SERVER_ERROR = 500;

/** Maps a response with an error status to a fault. */
export function parseError(response: HttpResponse): Fault {
	if (isLoading(response))
		return { ...faultFromHttp(name, response, 'rateLimited'), description: waitForModel };
	if (response.status !== SERVER_ERROR) return faultFromHttp(name, response);
	return {
		...faultFromHttp(name, response, 'failed'),
		description: 'Look at the log of the server for the reason. Nothing was queued.',
	};
}
