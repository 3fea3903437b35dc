import type { IExecuteFunctions } from 'n8n-workflow';

import { isPrivateAddress } from '../../core/http/networkAddress';
import type { CallbackTarget } from '../../core/provider';
import type { Warning } from '../../core/request/imageRequest';
import { resumeUrl } from '../../transport/execution';
import type { ProviderConnection } from '../connection';

/** Where the provider reports the end of a job to, if anywhere, and warnings about it. */
export interface CallbackPlan {
	target: CallbackTarget | null;
	warnings: Warning[];
}

/**
 * Plans the callback of a suspended execution: its own resume URL, with a warning where the provider cannot
 * reach it.
 */
export function createResumeCallback(
	context: IExecuteFunctions,
	{ provider, baseUrl, callbackSecret }: ProviderConnection,
): CallbackPlan {
	const url = resumeUrl(context);
	const target = { url, secret: callbackSecret };
	const unreachable = isPrivateAddress(url) && !isPrivateAddress(baseUrl);
	if (!unreachable) return { target, warnings: [] };
	const origin = url.replace(/\/webhook-waiting.*/, '');
	const message =
		`${provider.displayName} cannot reach this n8n at ${origin}: ` +
		'set WEBHOOK_URL to its public address, or the execution stays suspended until the timeout.';
	return { target, warnings: [{ option: 'completion', type: 'adapted', message }] };
}
