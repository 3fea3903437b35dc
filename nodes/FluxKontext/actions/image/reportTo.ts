import type { PreparedRequest, Warning } from '../../core/types';
import { callbackUrl } from '../../transport/callbackUrl';
import type { Bell } from '../suspended/sleep';
import type { PlannedItem } from './planItem';

const ignored = (message: string): Bell => {
	const warning: Warning = { option: 'callbackUrl', type: 'ignored', message };
	return { target: null, warnings: [warning] };
};

/** Where the provider is to report a submitted job to, if that was asked for. */
export function reportTo(
	{ settings, account }: PlannedItem,
	{ model }: PreparedRequest,
	seed: number | null,
): Bell {
	const { completion, callbackUrl: url } = settings;
	const { provider, ports, callbackSecret } = account;
	if (url === null) return { target: null, warnings: [] };
	if (completion !== 'submit') return ignored("Nobody is called back unless 'Completion' is Submit Only.");
	if (!provider.callback)
		return ignored(`${provider.displayName} does not call back when an image is done.`);
	const submitted = { model, submittedAt: new Date(ports.now()).toISOString(), seed };
	return {
		target: { url: callbackUrl(url, submitted, callbackSecret), secret: callbackSecret },
		warnings: [],
	};
}
