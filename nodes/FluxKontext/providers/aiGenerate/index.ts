import type { JobProvider } from '../../core/provider';
import { name, parseError } from './errors';
import { createHandle, readHandle, type AiGenerateHandle } from './handle';
import { models, specForUnknownModel } from './models';
import { buildStatus, buildSubmit } from './request';
import { parseStatus, parseSubmit } from './response';
import { statuses } from './state';

// Sources: AI Generate's Flux page, docs.aimarcusimage.eu and its page on rate limits. AI Generate says that
// its paths are compatible with those of kie.ai. Facts that only docs.kie.ai documents are marked kie.ai in
// this folder; they are inferred for AI Generate.

/** AI Generate: an API with jobs that are polled. FLUX.1 Kontext has paths of its own there. */
export const aiGenerate: JobProvider<AiGenerateHandle> = {
	kind: 'job',
	id: 'aiGenerate',
	displayName: name,
	credential: 'fluxKontextAiGenerateApi',
	defaultBaseUrl: 'https://aimarcusimage.eu',
	trustedHosts: [],
	models,
	specForUnknownModel,
	statuses,
	// "Poll the status endpoint every 2-3 seconds."
	polling: { firstDelayMs: 2_000, intervalMs: 2_000, shortestMs: 2_000, maxIntervalMs: 6_000 },
	maxActiveJobs: { perKey: 100 },
	submitRate: { count: 20, ms: 10_000 },
	submit: { build: buildSubmit, parse: parseSubmit },
	status: {
		build: buildStatus,
		parse: parseStatus,
		// The job may be known at the other API.
		readsErrorStatus: ({ status }) => status === 404,
	},
	callback: {
		attach: (request, { url }) => ({ ...request, json: { ...request.json, callBackUrl: url } }),
		idPath: ['data', 'taskId'],
		createHandle,
	},
	readHandle,
	parseError,
	notes: {
		sources: [
			'https://docs.aimarcusimage.eu/el/docs',
			'https://aimarcusimage.eu/lv/docs/rate-limits',
			'https://docs.kie.ai/flux-kontext-api/generate-or-edit-image',
			'https://docs.kie.ai/flux-kontext-api/get-image-details',
			'https://docs.kie.ai/market/common/get-task-detail',
		],
		links: 'not documented (14 days at kie.ai)',
		unverified: [
			'everything that is documented only for kie.ai, with whose paths AI Generate claims to be ' +
				'compatible: the status endpoints, the shape of their responses, all options except ' +
				'aspectRatio and outputFormat, and edits by inputImage',
			'that the end of a job is reported to callBackUrl, in the shape that kie.ai documents',
			'the price of an edit (the price table lists Kontext for text to image only)',
			'the fields aspect_ratio and input_urls of createTask',
			'error codes in responses with status 200, and how a moderated image is reported ' +
				'(recognised by the wording here)',
			'that the credential test, which requests the state of a task that does not exist, rejects an ' +
				'invalid key: no request that checks a key is documented',
		],
	},
};
