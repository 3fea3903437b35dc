import type { Warning } from '../../core/request/imageRequest';
import { callbackOf } from '../../core/provider';
import { signUrl } from '../../webhooks/signedUrl';
import type { CallbackPlan } from '../suspend/resumeCallback';
import type { PlannedItem } from './planItem';

const ignored = (message: string): CallbackPlan => {
	const warning: Warning = { option: 'callbackUrl', type: 'ignored', message };
	return { target: null, warnings: [warning] };
};

/**
 * Plans where the provider reports the end of a submitted job to: the option 'Callback URL', with the job's
 * facts.
 */
export function planCallback(
	{ settings, connection }: PlannedItem,
	model: string,
	seed: number | null,
): CallbackPlan {
	const { completion, callbackUrl } = settings;
	const { provider, ports, callbackSecret } = connection;
	if (callbackUrl === null) return { target: null, warnings: [] };
	if (completion !== 'submit') return ignored("No callback is made unless 'Completion' is Submit Only.");
	if (!callbackOf(provider))
		return ignored(`${provider.displayName} does not call back when an image is done.`);
	const submittedAt = new Date(ports.now()).toISOString();
	const url = signUrl(callbackUrl, { model, submittedAt, seed }, callbackSecret);
	return { target: { url, secret: callbackSecret }, warnings: [] };
}
