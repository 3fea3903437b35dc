import { z } from 'zod';

import { succeed } from '../../core/base/faults';
import type { Callback } from '../../core/provider';
import { lazy, parseBody } from '../shared/schema';
import { name } from './errors';
import type { ReplicateHandle } from './handle';

const secretSchema = lazy(() => z.object({ key: z.string().min(1) }));

/** Webhooks of predictions, signed by the rules of standardwebhooks.com with the account's secret. */
export const callback: Callback<ReplicateHandle> = {
	attach: (request, { url }) => ({
		...request,
		json: { ...request.json, webhook: url, webhook_events_filter: ['completed'] },
	}),
	idPath: ['id'],
	createHandle: (id) => ({ id, getUrl: null, cancelUrl: null }),
	signature: {
		kind: 'standardWebhooks',
		secret: ({ baseUrl }) => ({ method: 'GET', url: `${baseUrl}/webhooks/default/secret` }),
		parseSecret(response) {
			const secret = parseBody(name, secretSchema(), response.body);
			return secret.ok ? succeed(secret.value.key) : secret;
		},
	},
};
