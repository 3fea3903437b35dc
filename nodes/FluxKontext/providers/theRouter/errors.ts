import { fault, type Fault, type FaultCode } from '../../core/base/faults';
import { errorText } from '../../core/http/errors';
import { endedAs } from '../shared/failures';
import { mentionsModeration } from '../shared/moderation';

/** Name of the provider in messages and in the panel. */
export const name = 'TheRouter';

function codeFor(status: string, text: string | null): FaultCode {
	if (status.startsWith('cancel')) return 'cancelled';
	if (status === 'expired') return 'expired';
	return text !== null && mentionsModeration(text) ? 'moderated' : 'failed';
}

/** Creates the fault of a job that ended without success, from its status word and its `error`. */
export function failureOf(providerStatus: string, error: unknown): Fault {
	const status = providerStatus.toLowerCase();
	const text = errorText(error);
	return fault(codeFor(status, text), endedAs(name, status, text), { providerStatus: status });
}
