import type { PreparedRequest, Warning } from '../../core/provider';
import { callbackUrl } from '../../webhooks/signedUrl';
import type { CallbackPlan } from '../suspend/suspend';
import type { PlannedItem } from './planItem';

const ignored = (message: string): CallbackPlan => {
	const warning: Warning = { option: 'callbackUrl', type: 'ignored', message };
	return { target: null, warnings: [warning] };
};

/** Where the provider is to report a submitted job to, if that was asked for. */
export function reportTo(
	{ settings, connection }: PlannedItem,
	{ model }: PreparedRequest,
	seed: number | null,
): CallbackPlan {
	const { completion, callbackUrl: url } = settings;
	const { provider, ports, callbackSecret } = connection;
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
