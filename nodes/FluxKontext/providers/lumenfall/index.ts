import type { SyncProvider } from '../../core/provider';
import { readResponseHandle, recallResponse, type ResponseHandle } from '../shared/openAiImages';
import { name, parseError } from './errors';
import { models, specForUnknownModel } from './models';
import { buildEstimate, buildSubmit } from './request';
import { parseEstimate, parseSubmit } from './response';

// Sources: the page of flux.1-kontext-dev; docs.lumenfall.ai (images/generate, images/edit, errors,
// cost-estimation, billing); lumenfall-ai/agent-skill and lumenfall-ai/llmspy-lumenfall on GitHub.

/** The slowest twentieth of the requests to Kontext takes about 7 minutes. */
const SUBMIT_TIMEOUT_MS = 8 * 60 * 1000;

/** Lumenfall: a synchronous API that routes each request to one of several providers. */
export const lumenfall: SyncProvider<ResponseHandle> = {
	kind: 'sync',
	id: 'lumenfall',
	displayName: name,
	credential: 'fluxKontextLumenfallApi',
	defaultBaseUrl: 'https://api.lumenfall.ai',
	trustedHosts: [],
	models,
	specForUnknownModel,
	submitTimeoutMs: SUBMIT_TIMEOUT_MS,
	submit: { build: buildSubmit, parse: parseSubmit },
	estimate: { repeatsSubmit: true, build: buildEstimate, parse: parseEstimate },
	readHandle: readResponseHandle,
	recall: recallResponse(name),
	parseError,
	notes: {
		sources: [
			'lumenfall.ai, the page of flux.1-kontext-dev',
			'https://docs.lumenfall.ai/api-reference/images/generate',
			'https://docs.lumenfall.ai/api-reference/images/edit',
			'https://docs.lumenfall.ai/api-reference/errors',
			'https://docs.lumenfall.ai/api-reference/cost-estimation',
			'https://github.com/lumenfall-ai/agent-skill',
		],
		links: 'about 1 hour',
		unverified: [
			'which fields apply to generating and which to editing (both requests send the same ones), ' +
				'and the ranges of seed, guidance and steps',
			'which options flux.1-kontext-pro takes (those of flux.1-kontext-dev here), and its price',
			'that each route takes four input images (the number on the page of the model) of 10 MB each',
			'that every model refuses prompts of more than 1000 characters',
			"that size auto on an edit keeps the input's shape",
			'that a higher output_compression means a better quality, as with OpenAI',
			'how a refusal by an upstream provider differs from its failure (told apart by the wording here)',
		],
	},
};
