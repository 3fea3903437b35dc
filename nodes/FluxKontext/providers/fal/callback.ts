import type { Callback, ProviderContext } from '../../core/provider';
import { defaultBaseUrl } from './endpoints';
import { createHandle, type FalHandle } from './handle';

/** Host that publishes the keys of the signatures; the queue's own host publishes none. */
const KEYS_BASE_URL = 'https://rest.fal.ai';

/** Returns the address of the keys (a JWKS). A proxy or a local server is expected to publish them itself. */
const keysUrl = ({ baseUrl }: ProviderContext): string =>
	`${baseUrl === defaultBaseUrl ? KEYS_BASE_URL : baseUrl}/.well-known/jwks.json`;

/** Webhooks of the queue, signed with Ed25519. */
export const callback: Callback<FalHandle> = {
	attach: (request, { url }) => ({
		...request,
		url: `${request.url}?fal_webhook=${encodeURIComponent(url)}`,
	}),
	idPath: ['request_id'],
	createHandle,
	signature: {
		kind: 'ed25519',
		headers: {
			id: 'x-fal-webhook-request-id',
			user: 'x-fal-webhook-user-id',
			timestamp: 'x-fal-webhook-timestamp',
			signature: 'x-fal-webhook-signature',
		},
		keys: keysUrl,
	},
};
