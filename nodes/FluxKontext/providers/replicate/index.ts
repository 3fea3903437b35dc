import type { JobProvider } from '../../core/provider';
import { defaultBaseUrl, trustedHosts } from './addresses';
import { callback } from './callback';
import { name, parseError } from './errors';
import { readHandle, type ReplicateHandle } from './handle';
import { models } from './models';
import { buildCancel, buildStatus, buildSubmit } from './request';
import { statusInBody } from '../shared/responses';
import { parseStatus, parseSubmit, statuses } from './response';

/**
 * Replicate: predictions of official models.
 *
 * Sources: Replicate's OpenAPI file, replicate/replicate-javascript 1.4.0, the version page of
 * flux-kontext-pro.
 */
export const replicate: JobProvider<ReplicateHandle> = {
	kind: 'job',
	id: 'replicate',
	displayName: name,
	credential: 'fluxKontextReplicateApi',
	defaultBaseUrl,
	trustedHosts,
	models,
	statuses,
	// As the official client polls.
	polling: { firstDelayMs: 500, intervalMs: 500, shortestMs: 300, maxIntervalMs: 5_000 },
	// "600 requests per minute" to create predictions.
	submitRate: { count: 600, ms: 60_000 },
	submit: { build: buildSubmit, parse: parseSubmit, embedsImages: true },
	status: { build: buildStatus, parse: parseStatus, embedsImages: true },
	cancel: { build: buildCancel, parse: statusInBody },
	callback,
	readHandle,
	parseError,
	notes: {
		sources: [
			'https://api.replicate.com/openapi.json',
			'https://github.com/replicate/replicate-javascript (1.4.0)',
			'https://replicate.com/black-forest-labs/flux-kontext-pro/api',
			'https://replicate.com/docs/topics/predictions/rate-limits',
		],
		links: '1 hour',
		unverified: [
			'the inputs of flux-kontext-dev and -max, and the list of ratios (from copies that ' +
				'gateways keep)',
			'that data URIs above the recommended 256 kB are accepted (the official client sends up to ' +
				'10 MB)',
			'that a finished image can be downloaded without the token, as official clients do ' +
				'(the OpenAPI file requires it)',
			'that a moderated image is reported by E005 in the error text',
			'the body of a 402 response',
		],
	},
};
