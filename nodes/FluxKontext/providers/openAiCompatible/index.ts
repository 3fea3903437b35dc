import { z } from 'zod';

import { fail, succeed, type Fault, type Result } from '../../core/base/faults';
import type { HttpResponse } from '../../core/http/ports';
import { codeForStatus, errorText, faultFromHttp } from '../../core/http/errors';
import { isObject } from '../../core/base/json';
import { mergeFields } from '../../core/request/options';
import type {
	InputImageSpec,
	JobSnapshot,
	Operation,
	OperationSpec,
	PreparedRequest,
	Provider,
	ProviderContext,
} from '../../core/provider';
import { checkBody, once, optional, readAnswer, soundsModerated } from '../shared/answers';
import {
	answerHandle,
	answerId,
	formOf,
	imageEntries,
	imageRefs,
	readAnswerHandle,
	recallAnswer,
	type AnswerHandle,
} from '../shared/openAiImages';

// Sources: openai/openai-node (resources/images.ts); the servers' own pages and code: mudler/LocalAI, SGLang diffusion
// (openai_api.md), vLLM-Omni (image_generation_api.md, image_edit_api.md), DeepInfra's model pages.

const name = 'OpenAI-Compatible Server';
/** A server at home makes one image at a time, and may take its time. */
const SUBMIT_TIMEOUT_MS = 10 * 60 * 1000;

/**
 * What OpenAI's own API knows. `response_format` is not sent, as it does not mean the same everywhere: LocalAI answers
 * with links without it, stable-diffusion.cpp ignores it, vLLM-Omni knows base64 only, and SGLang answers 400 to `url`
 * where it has no storage. Either answer is read. Fields of one server only (seed, num_inference_steps, guidance_scale,
 * ref_images …) can be given as additional fields.
 */
const submitBody = once(() =>
	z
		.object({
			model: z.string().min(1),
			prompt: z.string().min(1),
			size: z
				.string()
				.regex(/^\d+x\d+$/)
				.optional(),
			n: z.number().int().min(1).max(10).optional(),
			output_format: z.enum(['png', 'jpeg', 'webp']).optional(),
			output_compression: z.number().int().min(0).max(100).optional(),
		})
		.strict(),
);

const submitAnswer = once(() =>
	z.object({
		id: optional.text(),
		data: imageEntries().nullish().catch(null),
		// As fal and others behind a gateway name them.
		images: imageEntries().nullish().catch(null),
		error: z.unknown(),
	}),
);

const noImages: InputImageSpec = { min: 0, max: 0, urls: false, maxBytes: 0, mimeTypes: [] };
/** No number or size is common to all servers: each refuses what is too much for it. */
const images: InputImageSpec = {
	min: 1,
	max: 16,
	urls: false,
	maxBytes: 20_000_000,
	mimeTypes: ['image/png', 'image/jpeg', 'image/webp'],
};

const able = (operation: Operation): OperationSpec => ({
	inputImages: operation === 'edit' ? images : noImages,
	// Told nothing, an edit takes the size of its input (stable-diffusion.cpp, vLLM-Omni) or what OpenAI calls auto.
	size: { kind: 'pixels', multipleOf: 16, min: 64, max: 4096, maxPixels: 4096 * 4096, matchesInput: true },
	options: {
		numberOfImages: { field: 'n', min: 1, max: 10 },
		outputFormat: { field: 'output_format', values: { png: 'png', jpeg: 'jpeg', webp: 'webp' } },
		outputQuality: { field: 'output_compression', min: 0, max: 100 },
	},
});

function errorCode(body: unknown): string | null {
	const error = isObject(body) ? body['error'] : null;
	const code = isObject(error) ? error['code'] : null;
	return typeof code === 'string' ? code : null;
}

/** `{ error: { message, code } }` as OpenAI, `{ error: "…" }` as stable-diffusion.cpp, `{ detail }` as FastAPI. */
function parseError(response: HttpResponse): Fault {
	const { status, body } = response;
	const word = errorCode(body);
	const text = errorText(body);
	const words = `${word ?? ''} ${text ?? ''}`.replaceAll('_', ' ');
	const code = soundsModerated(words)
		? 'moderated'
		: /insufficient quota|billing/i.test(words)
			? 'payment'
			: // The answer is the result: the server itself says that it has none.
				status < 300 || (status === 500 && text !== null)
				? 'failed'
				: codeForStatus(status);
	return { ...faultFromHttp(name, response, code), providerStatus: word };
}

function parseSubmit(
	response: HttpResponse,
	_asked: PreparedRequest,
	{ baseUrl, now }: ProviderContext,
): Result<JobSnapshot<AnswerHandle>> {
	const answer = readAnswer(name, submitAnswer(), response.body);
	if (!answer.ok) return answer;
	const { id, data, images: others, error } = answer.value;
	const entries = data?.length ? data : (others ?? []);
	const found = imageRefs(entries, baseUrl, null);
	if (found.length === 0 && error != null) return { ok: false, fault: parseError(response) };
	if (found.length === 0) return fail('badResponse', `${name} answered without an image`);
	return succeed({
		state: 'succeeded',
		handle: answerHandle(answerId(response, 'x-request-id', now, id), found),
		providerStatus: 'succeeded',
		images: found,
		meta: { revisedPrompt: entries[0]?.revised_prompt ?? null },
	});
}

export const openAiCompatible: Provider<AnswerHandle> = {
	id: 'openAiCompatible',
	displayName: name,
	credential: 'fluxKontextOpenAiCompatibleApi',
	// There is none to begin with: the credential names it, up to and with /v1.
	defaultBaseUrl: '',
	trustedHosts: [],
	models: [
		{
			id: 'flux.1-kontext-dev',
			displayName: 'FLUX.1 Kontext [dev]',
			description: 'As LocalAI calls it; give the name that your server knows by ID',
			operations: { generate: able('generate'), edit: able('edit') },
			price: null,
		},
	],
	// Synchronous: an answer is the image or an error, and nothing is ever polled.
	statuses: { pending: [], succeeded: [], failed: [] },
	polling: { firstDelayMs: 1_000, intervalMs: 1_000, shortestMs: 1_000, maxIntervalMs: 5_000 },
	submitTimeoutMs: SUBMIT_TIMEOUT_MS,
	buildSubmit({ operation, model, prompt, images: inputs, size, fields, additionalFields }, { baseUrl }) {
		const body = checkBody(name, submitBody(), {
			model,
			prompt,
			...(size.kind === 'pixels' && { size: `${size.width}x${size.height}` }),
			...fields,
		});
		if (!body.ok) return body;
		const all = mergeFields(body.value, additionalFields);
		return succeed(
			operation === 'generate'
				? { method: 'POST', url: `${baseUrl}/images/generations`, json: all }
				: {
						method: 'POST',
						url: `${baseUrl}/images/edits`,
						form: formOf(all, inputs, inputs.length > 1 ? 'image[]' : 'image'),
					},
		);
	},
	parseSubmit,
	readHandle: readAnswerHandle,
	recall: recallAnswer(name),
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
			'which fields, sizes, formats and numbers of images a server takes: each has its own limits',
			'LocalAI has no /images/edits (an edit answers 404 there): a generation with the additional field ref_images, a list of bare base64 without data:, edits instead',
			'LocalAI and stable-diffusion.cpp make their own default size where none is asked for, which may be smaller than one megapixel',
			'that a link on the server itself is delivered without the key; where it is not, ask for base64 with the additional field response_format',
			'that SGLang and vLLM-Omni can run Kontext',
			'how a refused image is reported (by the wording here)',
		],
	},
};
