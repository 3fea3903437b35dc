import { faultFromHttp } from '../../core/http/errors';
import type { JobProvider } from '../../core/provider';
import { defaultBaseUrl, trustedHosts } from './addresses';
import { name } from './errors';
import { readHandle, type BlackForestLabsHandle } from './handle';
import { flux2Pro, isFlux2, models } from './models';
import { buildStatus, buildSubmit } from './request';
import { describesJob, parseStatus, parseSubmit, statuses } from './response';

/**
 * Black Forest Labs: the makers' own API.
 *
 * Sources: the OpenAPI file of api.bfl.ai, docs.bfl.ai (integration guidelines, pricing), help.bfl.ai.
 */
export const blackForestLabs: JobProvider<BlackForestLabsHandle> = {
	kind: 'job',
	id: 'blackForestLabs',
	displayName: name,
	credential: 'fluxKontextBlackForestLabsApi',
	defaultBaseUrl,
	trustedHosts,
	models,
	specForUnknownModel: (modelId) => (isFlux2(modelId) ? flux2Pro : null),
	statuses,
	// The official samples poll every half second; no minimum is named.
	polling: { firstDelayMs: 500, intervalMs: 500, shortestMs: 300, maxIntervalMs: 5_000 },
	maxActiveJobs: { perKey: 24, perModel: { 'flux-kontext-max': 6 } },
	submit: { build: buildSubmit, parse: parseSubmit },
	status: { build: buildStatus, parse: parseStatus, readsErrorStatus: describesJob },
	callback: {
		// The response to such a submit has no polling URL.
		attach: (request, { url, secret }) => ({
			...request,
			json: { ...request.json, webhook_url: url, webhook_secret: secret },
		}),
		idPath: ['id'],
		createHandle: (id) => ({ id, pollingUrl: null, credits: null }),
		signature: { kind: 'hmac', header: 'x-bfl-signature' },
	},
	readHandle,
	parseError: (response) => faultFromHttp(name, response),
	notes: {
		sources: [
			'https://api.bfl.ai/openapi.json',
			'https://docs.bfl.ai/api_integration/integration_guidelines',
			'https://docs.bfl.ai/quick_start/pricing',
		],
		links: '10 minutes',
		unverified: [
			'that an edit accepts a safety tolerance of 2 at most (the OpenAPI file says 6)',
			'the statuses Reasoning and Generating, and failures that come as 422 or 503 with a status ' +
				'in the body',
			'whether GET /v1/get_result checks the key',
			'the payload of a webhook and its signature (only the skill files of Black Forest Labs ' +
				'describe them)',
			'the largest side that FLUX.2 accepts (the guides say up to 4 megapixels), and that its ' +
				'sides are multiples of 16',
		],
	},
};
