import type { SyncProvider } from '../../core/provider';
import { readResponseHandle, recallResponse, type ResponseHandle } from '../shared/openAiImages';
import { name, parseError } from './errors';
import { models } from './models';
import { buildSubmit } from './request';
import { parseSubmit } from './response';

/** Ten minutes: a local server makes one image at a time and may be slow. */
const SUBMIT_TIMEOUT_MS = 10 * 60 * 1000;

/**
 * Any server with the endpoints of OpenAI's Images API.
 *
 * Sources: openai/openai-node (resources/images.ts); the documentation and code of the servers:
 * mudler/LocalAI, SGLang diffusion (openai_api.md), vLLM-Omni (image_generation_api.md, image_edit_api.md),
 * DeepInfra's model pages.
 */
export const openAiCompatible: SyncProvider<ResponseHandle> = {
	kind: 'sync',
	id: 'openAiCompatible',
	displayName: name,
	credential: 'fluxKontextOpenAiCompatibleApi',
	// The credential must name one, up to and including /v1.
	defaultBaseUrl: '',
	isSelfHosted: true,
	trustedHosts: [],
	models,
	submitTimeoutMs: SUBMIT_TIMEOUT_MS,
	submit: { build: buildSubmit, parse: parseSubmit },
	recall: recallResponse(name),
	readHandle: readResponseHandle,
	parseError,
	notes: {
		sources: [
			'https://github.com/openai/openai-node (src/resources/images.ts)',
			'https://github.com/mudler/LocalAI',
			'https://github.com/sgl-project/sglang (python/sglang/multimodal_gen/docs/openai_api.md)',
			'https://github.com/vllm-project/vllm-omni (docs/serving)',
		],
		links: 'as long as the server keeps them',
		unverified: [
			'which fields, sizes, formats and numbers of images a server accepts: each has its own limits',
			'LocalAI has no /images/edits (an edit is answered with 404): to edit there, generate with the ' +
				'additional field ref_images, a list of bare base64 without data:',
			'LocalAI and stable-diffusion.cpp use their own default size when none is requested, which may ' +
				'be smaller than one megapixel',
			'that a link on the server itself can be downloaded without the key; where it cannot, request ' +
				'base64 with the additional field response_format',
			'that SGLang and vLLM-Omni can run Kontext',
			'how a moderated image is reported (recognised here by its wording)',
		],
	},
};
