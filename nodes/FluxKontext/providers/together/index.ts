import type { SyncProvider } from '../../core/provider';
import { readResponseHandle, recallResponse, type ResponseHandle } from '../shared/openAiImages';
import { name, parseError } from './errors';
import { models } from './models';
import { buildSubmit } from './request';
import { parseSubmit } from './response';

/** Five minutes: the response to a submit holds the image. */
const SUBMIT_TIMEOUT_MS = 5 * 60 * 1000;

/**
 * Together AI: a synchronous API that resembles OpenAI's Images API.
 *
 * Sources: docs.together.ai (Kontext quickstart), togethercomputer/openapi, together-ai (its SDK),
 * huggingface.js.
 */
export const together: SyncProvider<ResponseHandle> = {
	kind: 'sync',
	id: 'together',
	displayName: name,
	credential: 'fluxKontextTogetherApi',
	defaultBaseUrl: 'https://api.together.xyz/v1',
	trustedHosts: [],
	models,
	submitTimeoutMs: SUBMIT_TIMEOUT_MS,
	submit: { build: buildSubmit, parse: parseSubmit },
	recall: recallResponse(name),
	readHandle: readResponseHandle,
	parseError,
	notes: {
		sources: [
			'https://docs.together.ai/docs/quickstart-flux-kontext',
			'https://github.com/togethercomputer/openapi',
			'https://github.com/togethercomputer/together-typescript',
		],
		links: 'not documented; the response itself holds the image',
		unverified: [
			'that Kontext takes width and height, as the SDK and the OpenAPI file say ' +
				'(a guide names aspect_ratio), and their limits',
			'the limits of n, steps and an input image, and what effect guidance_scale, steps and ' +
				'negative_prompt have on Kontext',
			'whether Kontext dev is still served, and its price',
			'how a moderated image is reported (recognised here by its wording)',
		],
	},
};
