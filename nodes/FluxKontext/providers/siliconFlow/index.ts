import type { SyncProvider } from '../../core/provider';
import { readResponseHandle, recallResponse, type ResponseHandle } from '../shared/openAiImages';
import { name, parseError } from './errors';
import { models } from './models';
import { buildSubmit } from './request';
import { parseSubmit } from './response';

/** Five minutes: the response holds the image, and "Image generation takes 30 to 180 s", says a reseller. */
const SUBMIT_TIMEOUT_MS = 5 * 60 * 1000;

/**
 * SiliconFlow: a synchronous API.
 *
 * Source: docs.siliconflow.com, "Create image" with its OpenAPI file.
 */
export const siliconFlow: SyncProvider<ResponseHandle> = {
	kind: 'sync',
	id: 'siliconFlow',
	displayName: name,
	credential: 'fluxKontextSiliconFlowApi',
	defaultBaseUrl: 'https://api.siliconflow.com/v1',
	trustedHosts: [],
	models,
	submitTimeoutMs: SUBMIT_TIMEOUT_MS,
	submit: { build: buildSubmit, parse: parseSubmit },
	recall: recallResponse(name),
	readHandle: readResponseHandle,
	parseError,
	notes: {
		sources: [
			'https://docs.siliconflow.com/en/api-reference/images/images-generations',
			'https://therouter.ai/models/black-forest-labs/flux-kontext-dev',
		],
		links: '1 hour',
		unverified: [
			'that pro and max make an image without an input image (a tutorial does it)',
			'how large an input image may be (20 MB here), and which types besides PNG are accepted',
			'how a moderated image and an exhausted balance are reported (recognised here by their wording)',
			'the price of dev (from a reseller; others name 0.015) and those of pro and max',
			'GET /user/info, the test of the credential ' +
				'(documented for the Chinese site, known to exist on this one)',
		],
	},
};
