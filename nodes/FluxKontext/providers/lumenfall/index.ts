import { z } from 'zod';

import { fail, succeed, type FaultCode, type Result } from '../../core/base/faults';
import type { HttpRequest, HttpResponse } from '../../core/http/ports';
import { codeForStatus, errorText, faultFromHttp } from '../../core/http/errors';
import { isObject } from '../../core/base/json';
import { mergeFields } from '../../core/request/options';
import { ratioText, type Pixels, type Ratio, type SizeSpec } from '../../core/request/sizes';
import type {
	InputImageSpec,
	JobSnapshot,
	ModelSpec,
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

// Sources: the page of flux.1-kontext-dev, docs.lumenfall.ai (images/generate, images/edit, errors, cost-estimation,
// billing), github lumenfall-ai/agent-skill and llmspy-lumenfall.

const name = 'Lumenfall';
/** "Transient, about 1 hour by default." */
const LINK_LIFETIME_MS = 60 * 60 * 1000;
/** The slowest twentieth of Kontext's answers take about 7 minutes. */
const SUBMIT_TIMEOUT_MS = 8 * 60 * 1000;

/** The 1K sizes of the model's page, each with the ratio that it stands for. */
const table: readonly (Ratio & Pixels)[] = [
	{ w: 4, h: 3, width: 1183, height: 887 },
	{ w: 4, h: 5, width: 916, height: 1145 },
	{ w: 5, h: 4, width: 1145, height: 916 },
	{ w: 1, h: 1, width: 1024, height: 1024 },
	{ w: 3, h: 4, width: 887, height: 1182 },
	{ w: 2, h: 3, width: 836, height: 1254 },
	{ w: 3, h: 2, width: 1254, height: 836 },
	{ w: 9, h: 16, width: 768, height: 1365 },
	{ w: 16, h: 9, width: 1365, height: 768 },
	{ w: 9, h: 21, width: 670, height: 1564 },
	{ w: 21, h: 9, width: 1563, height: 670 },
];

const sizes: SizeSpec = {
	kind: 'sizes',
	sizes: table.map(({ width, height }) => ({ width, height })),
	matchesInput: true,
	// "Any pixel dimensions within model constraints", which are 2048 x 2048.
	others: { multipleOf: 1, min: 1, max: 2048, maxPixels: 2048 * 2048 },
};
/** fal's edit knows ratios only: it is told them as its `resolution_mode`. */
const ratios: SizeSpec = { kind: 'ratios', ratios: table.map(({ w, h }) => ({ w, h })) };

const submitBody = once(() =>
	z
		.object({
			model: z.string().min(1),
			prompt: z.string().min(1),
			size: z
				.string()
				.regex(/^(auto|\d+x\d+)$/)
				.optional(),
			resolution_mode: z
				.string()
				.regex(/^(match_input|\d+:\d+)$/)
				.optional(),
			seed: z.number().int().optional(),
			n: z.number().int().min(1).max(10).optional(),
			output_format: z.enum(['png', 'jpeg', 'gif', 'webp', 'avif']).optional(),
			output_compression: z.number().int().min(0).max(100).optional(),
			output_quality: z.number().int().min(0).max(100).optional(),
			cfg_scale: z.number().optional(),
			num_inference_steps: z.number().int().min(1).optional(),
			acceleration: z.enum(['none', 'regular', 'high']).optional(),
			enable_safety_checker: z.boolean().optional(),
			disable_safety_checker: z.boolean().optional(),
			enhance_prompt: z.boolean().optional(),
		})
		.strict(),
);

const submitAnswer = once(() =>
	z.object({
		data: imageEntries(),
		metadata: z.object({ cost: optional.number(), cost_currency: optional.text() }).nullish().catch(null),
	}),
);

const estimateAnswer = once(() =>
	z.object({ total_cost_micros: z.number().min(0), currency: optional.text() }),
);

const noImages: InputImageSpec = { min: 0, max: 0, urls: false, maxBytes: 0, mimeTypes: [] };
/** "Maximum file size varies by model"; its own skill stays below 10 MB. */
const images: InputImageSpec = {
	min: 1,
	max: 4,
	urls: false,
	maxBytes: 10_000_000,
	mimeTypes: ['image/png', 'image/jpeg', 'image/webp'],
};

type Options = OperationSpec['options'];

/** What every route takes … */
const common: Options = {
	seed: { field: 'seed' },
	numberOfImages: { field: 'n', min: 1, max: 10 },
	outputFormat: {
		field: 'output_format',
		values: { png: 'png', jpeg: 'jpeg', gif: 'gif', webp: 'webp', avif: 'avif' },
	},
	outputQuality: { field: 'output_compression', min: 0, max: 100 },
	guidance: { field: 'cfg_scale' },
	steps: { field: 'num_inference_steps' },
};
/** … and what only those through one provider do. */
const falOptions: Options = {
	...common,
	acceleration: { field: 'acceleration', values: { none: 'none', regular: 'regular', high: 'high' } },
	safetyChecker: { field: 'enable_safety_checker', default: true },
	promptUpsampling: { field: 'enhance_prompt', default: false },
};
const replicateOptions: Options = {
	...common,
	outputQuality: { field: 'output_quality', min: 0, max: 100 },
	safetyChecker: { field: 'disable_safety_checker', invert: true, default: true },
};

const able = (operation: Operation, options: Options, size: SizeSpec = sizes): OperationSpec => ({
	inputImages: operation === 'edit' ? images : noImages,
	maxPromptCharacters: 1000,
	size,
	options,
});
const both = (options: Options) => ({ generate: able('generate', options), edit: able('edit', options) });
const price = {
	usdPerImage: 0.025,
	readOn: '2026-11-20',
	source: 'lumenfall.ai, the page of flux.1-kontext-dev',
};

const models: readonly ModelSpec[] = [
	{
		id: 'flux.1-kontext-dev',
		displayName: 'FLUX.1 Kontext [dev]',
		description: 'Open weights, through the best route',
		operations: both(common),
		price,
	},
	{
		id: 'flux.1-kontext-pro',
		displayName: 'FLUX.1 Kontext [pro]',
		description: 'Fast editing and generation',
		operations: both(common),
		price: null,
	},
	{
		id: 'fal/flux.1-kontext-dev',
		displayName: 'FLUX.1 Kontext [dev] via fal',
		description: 'Generates only, with the options of fal',
		operations: { generate: able('generate', falOptions) },
		price,
	},
	{
		id: 'fal/flux.1-kontext-dev-edit',
		displayName: 'FLUX.1 Kontext [dev] Edit via fal',
		description: 'Edits only, with the options of fal',
		operations: { edit: able('edit', falOptions, ratios) },
		price,
	},
	{
		id: 'replicate/flux.1-kontext-dev',
		displayName: 'FLUX.1 Kontext [dev] via Replicate',
		description: 'With the options of Replicate',
		operations: both(replicateOptions),
		price,
	},
];

/** `size` beats all other fields about the size, so no other goes beside it. */
function sizeFields({ operation, model, size }: PreparedRequest): {
	size?: string;
	resolution_mode?: string;
} {
	if (size.kind === 'pixels') return { size: `${size.width}x${size.height}` };
	if (size.kind === 'ratio') return { resolution_mode: ratioText(size.ratio) };
	if (operation === 'generate') return {};
	// Told nothing, an edit would be made 1024x1024.
	return model.startsWith('fal/') ? { resolution_mode: 'match_input' } : { size: 'auto' };
}

function request(asked: PreparedRequest, { baseUrl }: ProviderContext, query: string): Result<HttpRequest> {
	const { operation, model, prompt, fields, additionalFields } = asked;
	const body = checkBody(name, submitBody(), { model, prompt, ...sizeFields(asked), ...fields });
	if (!body.ok) return body;
	const all = mergeFields(body.value, additionalFields);
	const base = `${baseUrl}/openai/v1/images`;
	return succeed(
		operation === 'generate'
			? { method: 'POST', url: `${base}/generations${query}`, json: all }
			: { method: 'POST', url: `${base}/edits${query}`, form: formOf(all, asked.images, 'image[]') },
	);
}

const codes: Readonly<Record<string, FaultCode>> = {
	INVALID_REQUEST: 'invalidRequest',
	CONTENT_POLICY_VIOLATION: 'moderated',
	AUTHENTICATION_FAILED: 'auth',
	INSUFFICIENT_BALANCE: 'payment',
	MODEL_NOT_FOUND: 'notFound',
	MODEL_DISABLED: 'notFound',
	RATE_LIMITED: 'rateLimited',
	// Definite answers: nothing was made, so they are no submit whose fate is unknown.
	ALL_PROVIDERS_EXHAUSTED: 'failed',
	UPSTREAM_ERROR: 'failed',
};

/** `{ error: { code } }`, or a flat `error_code` (its own scripts read both). */
function errorCode(body: unknown): string | null {
	if (!isObject(body)) return null;
	const { error, error_code: flat } = body;
	const code = isObject(error) ? error['code'] : flat;
	return typeof code === 'string' ? code : null;
}

function parseError(response: HttpResponse) {
	const word = errorCode(response.body);
	const known = word !== null && Object.hasOwn(codes, word) ? codes[word] : undefined;
	const code = known ?? (response.status < 300 ? 'failed' : codeForStatus(response.status));
	// What an upstream refuses may come as its failure, so the wording counts too.
	const moderated =
		(known === undefined || known === 'failed') && soundsModerated(errorText(response.body) ?? '');
	return { ...faultFromHttp(name, response, moderated ? 'moderated' : code), providerStatus: word };
}

function parseSubmit(
	response: HttpResponse,
	_asked: PreparedRequest,
	{ baseUrl, now }: ProviderContext,
): Result<JobSnapshot<AnswerHandle>> {
	// Its own clients look for an error in a body that came with 200.
	if (isObject(response.body) && (response.body['error'] != null || errorCode(response.body) !== null)) {
		return { ok: false, fault: parseError(response) };
	}
	const answer = readAnswer(name, submitAnswer(), response.body);
	if (!answer.ok) return answer;
	const { data, metadata } = answer.value;
	const found = imageRefs(data, baseUrl, new Date(now + LINK_LIFETIME_MS).toISOString());
	if (found.length === 0) return fail('badResponse', `${name} answered without an image`);
	const inDollars = (metadata?.cost_currency ?? 'USD').toUpperCase() === 'USD';
	return succeed({
		state: 'succeeded',
		handle: answerHandle(answerId(response, 'x-lumenfall-request-id', now), found),
		providerStatus: 'succeeded',
		images: found,
		meta: {
			revisedPrompt: data[0]?.revised_prompt ?? null,
			cost: inDollars ? (metadata?.cost ?? null) : null,
		},
	});
}

function parseEstimate(response: HttpResponse): Result<number> {
	const answer = readAnswer(name, estimateAnswer(), response.body);
	if (!answer.ok) return answer;
	const { total_cost_micros: micros, currency } = answer.value;
	return (currency ?? 'USD').toUpperCase() === 'USD'
		? succeed(micros / 1_000_000)
		: fail('badResponse', `${name} estimated the cost in ${currency}, not in USD`);
}

export const lumenfall: Provider<AnswerHandle> = {
	id: 'lumenfall',
	displayName: name,
	credential: 'fluxKontextLumenfallApi',
	defaultBaseUrl: 'https://api.lumenfall.ai',
	trustedHosts: [],
	models,
	// A model by another route takes the options of that route.
	specForUnknownModel(modelId) {
		const options = modelId.startsWith('fal/')
			? falOptions
			: modelId.startsWith('replicate/')
				? replicateOptions
				: common;
		return { id: modelId, displayName: modelId, description: '', operations: both(options), price: null };
	},
	// Synchronous: an answer is the image or an error, and nothing is ever polled.
	statuses: { pending: [], succeeded: [], failed: [] },
	polling: { firstDelayMs: 1_000, intervalMs: 1_000, shortestMs: 1_000, maxIntervalMs: 5_000 },
	submitTimeoutMs: SUBMIT_TIMEOUT_MS,
	buildSubmit: (asked, context) => request(asked, context, ''),
	parseSubmit,
	readHandle: readAnswerHandle,
	recall: recallAnswer(name),
	buildEstimate: (asked, context) => request(asked, context, '?dryRun=true'),
	parseEstimate,
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
			'which fields hold for a generation and which for an edit (both are sent the same), and the ranges of seed, guidance and steps',
			'what flux.1-kontext-pro takes (as flux.1-kontext-dev here) and costs',
			'that each route takes four input images of 10 MB, as the page of the model says of their number',
			'that prompts above 1000 characters are refused for every model',
			"that size auto on an edit keeps the input's shape",
			'that a higher output_compression keeps more of the image, as with OpenAI',
			'how an upstream that refuses an image is told from one that fails (by the wording here)',
		],
	},
};
