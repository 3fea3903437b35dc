import { fault, type Fault } from '../../core/base/faults';
import { errorText } from '../../core/http/errors';
import { endedAs } from '../shared/failures';

/** Name of the provider in messages and in the panel. */
export const name = 'Stable-Diffusion.cpp Server';

/** Creates the fault of a job that failed or was cancelled, from its status word and its `error`. */
export function failureOf(providerStatus: string, error: unknown): Fault {
	const code = providerStatus.toLowerCase().startsWith('cancel') ? 'cancelled' : 'failed';
	return fault(code, endedAs(name, providerStatus, errorText(error)), { providerStatus });
}
