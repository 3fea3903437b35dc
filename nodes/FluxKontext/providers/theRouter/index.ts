import { faultFromHttp } from '../../core/http/errors';
import type { JobProvider } from '../../core/provider';
import { name } from './errors';
import { readHandle } from './handle';
import { models } from './models';
import { buildStatus, buildSubmit } from './request';
import { parseStatus, parseSubmit, statuses } from './response';

/** "Poll every 5 to 10 seconds." */
const POLL_INTERVAL_MS = 5_000;

/**
 * TheRouter: asynchronous jobs behind endpoints that resemble OpenAI's Images API.
 *
 * Sources: therouter-docs.pages.dev (image generation guide, async media, images/edits), the model's page.
 */
export const theRouter: JobProvider = {
	kind: 'job',
	id: 'theRouter',
	displayName: name,
	credential: 'fluxKontextTheRouterApi',
	defaultBaseUrl: 'https://api.therouter.ai',
	trustedHosts: [],
	models,
	statuses,
	polling: {
		firstDelayMs: POLL_INTERVAL_MS,
		intervalMs: POLL_INTERVAL_MS,
		shortestMs: POLL_INTERVAL_MS,
		maxIntervalMs: POLL_INTERVAL_MS,
	},
	submit: { build: buildSubmit, parse: parseSubmit },
	status: { build: buildStatus, parse: parseStatus, embedsImages: true },
	readHandle,
	parseError: (response) => faultFromHttp(name, response),
	notes: {
		sources: [
			'https://therouter-docs.pages.dev/guides/multimodal/image-generation/',
			'https://therouter-docs.pages.dev/docs/guides/features/async-media/',
			'https://therouter-docs.pages.dev/docs/api/api-reference/images/edits/',
		],
		links: '7 days',
		unverified: [
			'which sizes this model accepts, and which size it makes when none is requested',
			'the shape of errors, and how a moderated image is reported (recognised here by its wording)',
			'whether a job can be cancelled (no endpoint was found)',
			'that GET /v1/customer/api-keys, the test of the credential, rejects an invalid key',
		],
	},
};
