import { fault, type Fault } from '../../core/base/faults';
import { isObject } from '../../core/base/json';
import { errorText } from '../../core/http/errors';
import { couldNotMakeImage } from '../shared/failures';

/** Name of the provider in messages and in the panel. */
export const name = 'Black Forest Labs';

function moderationReasons(details: unknown): string | null {
	// The name of the property has a space in it.
	const reasons = isObject(details) ? details['Moderation Reasons'] : null;
	const texts = Array.isArray(reasons) ? reasons.filter((reason) => typeof reason === 'string') : [];
	return texts.length > 0 ? texts.join(', ') : null;
}

/** Creates the fault of a job that ended without success, from its status word and its `details`. */
export function failureOf(providerStatus: string, details: unknown): Fault {
	const status = providerStatus.toLowerCase();
	if (status.includes('moderated')) {
		const reasons = moderationReasons(details);
		const refused = status.startsWith('request') ? 'the prompt or an input image' : 'the finished image';
		const message = `${name} refused ${refused}${reasons === null ? '' : `: ${reasons}`}`;
		return fault('moderated', message, { providerStatus });
	}
	if (status === 'task not found')
		return fault('notFound', `${name} does not know this job (any more)`, { providerStatus });
	return fault('failed', couldNotMakeImage(name, errorText(details)), { providerStatus });
}
