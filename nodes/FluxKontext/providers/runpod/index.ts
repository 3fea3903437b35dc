import type { JobProvider } from '../../core/provider';
import { name, parseError } from './errors';
import { readHandle, type RunpodHandle } from './handle';
import { models } from './models';
import { buildCancel, buildStatus, buildSubmit } from './request';
import { statusInBody } from '../shared/responses';
import { describesJob, parseStatus, parseSubmit, statuses } from './response';

/**
 * Runpod: public endpoints of its serverless platform.
 *
 * Sources: runpod/docs (public endpoints, serverless operation reference), runpod/ai-sdk-provider,
 * runpod/js-sdk.
 */
export const runpod: JobProvider<RunpodHandle> = {
	kind: 'job',
	id: 'runpod',
	displayName: name,
	credential: 'fluxKontextRunpodApi',
	defaultBaseUrl: 'https://api.runpod.ai/v2',
	trustedHosts: [],
	models,
	statuses,
	// Runpod's guide polls every two seconds.
	polling: { firstDelayMs: 2_000, intervalMs: 2_000, shortestMs: 2_000, maxIntervalMs: 5_000 },
	// `/run` allows 200 concurrent jobs.
	maxActiveJobs: { perKey: 200 },
	submit: { build: buildSubmit, parse: parseSubmit },
	status: { build: buildStatus, parse: parseStatus, readsErrorStatus: describesJob, embedsImages: true },
	cancel: { build: buildCancel, parse: statusInBody },
	callback: {
		attach: (request, { url }) => ({ ...request, json: { ...request.json, webhook: url } }),
		idPath: ['id'],
		createHandle: (id, endpoint) => ({ id, endpoint }),
	},
	readHandle,
	parseError,
	notes: {
		sources: [
			'https://docs.runpod.io/public-endpoints/models/flux-kontext-dev',
			'https://docs.runpod.io/serverless/endpoints/operation-reference',
			'https://github.com/runpod/ai-sdk-provider',
		],
		links: '7 days',
		unverified: [
			'that an image may be sent as a data URI (as its AI SDK provider does)',
			'which sizes are accepted beyond those of its AI SDK provider',
			'that an image costs the same at any size (its page says so, and also that the price follows ' +
				'from the megapixels)',
			'how a moderated image is reported (recognised here by its wording)',
			'the payload of a webhook (its `id` is taken for the id of the job)',
			'that an unknown job returns 404 for a valid key, which the test of the credential relies on',
		],
	},
};
