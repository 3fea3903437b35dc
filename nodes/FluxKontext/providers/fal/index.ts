import type { JobProvider } from '../../core/provider';
import { callback } from './callback';
import { defaultBaseUrl, trustedHosts } from './endpoints';
import { name, parseError, readsErrorStatus } from './errors';
import { readHandle, type FalHandle } from './handle';
import { models } from './models';
import { buildCancel, buildResult, buildStatus, buildSubmit } from './request';
import { parseStatus, parseSubmit, statuses } from './response';
import { parseResult } from './result';

/**
 * fal: endpoints of models behind a queue.
 *
 * Sources: fal-ai/fal-js (client 1.10.1: endpoint types, queue), fal.ai/docs (queue, errors, media
 * expiration), the model pages.
 */
export const fal: JobProvider<FalHandle> = {
	kind: 'job',
	id: 'fal',
	displayName: name,
	credential: 'fluxKontextFalApi',
	defaultBaseUrl,
	trustedHosts,
	models,
	statuses,
	// The interval of fal's JavaScript client; its client for Python polls ten times a second.
	polling: { firstDelayMs: 500, intervalMs: 500, shortestMs: 300, maxIntervalMs: 3_000 },
	// "10 requests per second per user." However many requests are queued, none is rejected for it.
	submitRate: { count: 10, ms: 1_000 },
	submit: { build: buildSubmit, parse: parseSubmit },
	status: { build: buildStatus, parse: parseStatus, readsErrorStatus },
	result: { build: buildResult, parse: parseResult, readsErrorStatus, embedsImages: true },
	cancel: { build: buildCancel },
	callback,
	readHandle,
	parseError,
	notes: {
		sources: [
			'https://github.com/fal-ai/fal-js (libs/client, 1.10.1)',
			'https://fal.ai/docs/documentation/model-apis/inference/queue',
			'https://fal.ai/docs/documentation/model-apis/errors',
			'https://fal.ai/models/fal-ai/flux-pro/kontext',
		],
		links: 'at least 7 days',
		unverified: [
			'kontext/dev without an input image (fal-ai/flux-kontext/dev/text-to-image): only another ' +
				'provider names this endpoint; its fields are those of the edit, and no size is sent',
			'the ranges of guidance (1 to 20) and steps (10 to 50) of kontext/dev',
			'how many images the multi endpoints take (4 here), and how large a data URI may be (20 MB here)',
			'what a flagged image contains: when has_nsfw_concepts flags every image of a job, the job ' +
				'counts as moderated; otherwise all images are delivered',
			'the signature of a webhook, and where its keys are published (implemented as third-party ' +
				'clients verify it)',
			'with which HTTP status and body the request for the result of a failed job is answered',
			'the HTTP status of an exhausted balance (recognised here by its wording)',
			'that GET https://api.fal.ai/v1/models/pricing, the test of the credential, rejects an ' +
				'invalid key',
			'that an endpoint entered as free text takes image_urls if its name ends in /edit or /multi, ' +
				'and image_url otherwise',
		],
	},
};
