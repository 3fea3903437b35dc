import { z } from 'zod';

import { fail, succeed, type Fault, type FaultCode, type Result } from '../../core/base/faults';
import type { HttpResponse } from '../../core/http/ports';
import { codeForStatus, errorText, faultFromHttp } from '../../core/http/errors';
import { isObject, type JsonObject } from '../../core/base/json';
import { mergeFields } from '../../core/request/options';
import { ratioText } from '../../core/request/sizes';
import type {
	InputImageSpec,
	JobSnapshot,
	ModelSpec,
	OperationSpec,
	PreparedRequest,
	Provider,
	ProviderContext,
} from '../../core/provider';
import { checkBody, once, optional, readAnswer, soundsModerated } from '../shared/answers';
import {
	answerHandle,
	answerId,
	imageEntries,
	imageRefs,
	readAnswerHandle,
	recallAnswer,
	type AnswerHandle,
} from '../shared/openAiImages';

// Source: docs.siliconflow.com, "Create image" with its OpenAPI file.

const name = 'SiliconFlow';
/** "The URL is valid for one hour." */
const LINK_LIFETIME_MS = 60 * 60 * 1000;
const MAX_SEED = 9_999_999_999;

const submitBody = once(() =>
	z
		.object({
			model: z.string().min(1),
			prompt: z.string().min(1),
			input_image: z.string().startsWith('data:').optional(),
			image: z.string().startsWith('data:').optional(),
			seed: z.number().int().min(0).max(MAX_SEED).optional(),
			aspect_ratio: z.string().optional(),
			output_format: z.enum(['png', 'jpeg']).optional(),
			prompt_upsampling: z.boolean().optional(),
			prompt_enhancement: z.boolean().optional(),
			safety_tolerance: z.number().int().min(0).max(6).optional(),
		})
		.strict(),
);

const imageAnswer = once(() =>
	z.object({
		images: imageEntries().nullish().catch(null),
		// What other clients of this API read.
		data: imageEntries().nullish().catch(null),
		timings: z.object({ inference: optional.number() }).nullish().catch(null),
		seed: optional.number(),
	}),
);

const noImages: InputImageSpec = { min: 0, max: 0, urls: false, maxBytes: 0, mimeTypes: [] };
const oneImage: InputImageSpec = {
	min: 1,
	max: 1,
	// Only data URIs are documented.
	urls: false,
	// No limit is published; this is the one of the model's makers.
	maxBytes: 20_000_000,
	mimeTypes: ['image/png', 'image/jpeg', 'image/webp'],
};

const seed = { field: 'seed', min: 0, max: MAX_SEED };

function hostedOptions(maxTolerance: number): OperationSpec['options'] {
	return {
		seed,
		outputFormat: { field: 'output_format', values: { png: 'png', jpeg: 'jpeg' } },
		promptUpsampling: { field: 'prompt_upsampling', default: false },
		safetyTolerance: { field: 'safety_tolerance', min: 0, max: maxTolerance, clamp: true, default: 2 },
	};
}

/** "Limit of 2 for Image to Image": so an image is for an edit only. */
const hosted: ModelSpec['operations'] = {
	generate: { inputImages: noImages, size: { kind: 'anyRatio' }, options: hostedOptions(6) },
	edit: { inputImages: oneImage, size: { kind: 'anyRatio' }, options: hostedOptions(2) },
};

const DEV = 'black-forest-labs/FLUX.1-Kontext-dev';
const openWeights: ModelSpec['operations'] = {
	edit: {
		inputImages: oneImage,
		size: { kind: 'none' },
		options: { seed, promptUpsampling: { field: 'prompt_enhancement', default: false } },
	},
};

const models: readonly ModelSpec[] = [
	{
		id: 'black-forest-labs/FLUX.1-Kontext-pro',
		displayName: 'FLUX.1 Kontext [pro]',
		description: 'Fast editing and generation',
		operations: hosted,
		price: null,
	},
	{
		id: 'black-forest-labs/FLUX.1-Kontext-max',
		displayName: 'FLUX.1 Kontext [max]',
		description: 'Best prompt following and typography',
		operations: hosted,
		price: null,
	},
	{
		id: DEV,
		displayName: 'FLUX.1 Kontext [dev]',
		description: 'Open weights, the lowest price; edits only',
		operations: openWeights,
		price: {
			usdPerImage: 0.018,
			readOn: '2026-11-20',
			source: 'https://therouter.ai/models/black-forest-labs/flux-kontext-dev ("per-image flat fee on SiliconFlow")',
		},
	},
];

function imageFields({ model, images: [image] }: PreparedRequest): JsonObject {
	if (image?.kind !== 'bytes') return {};
	return { [model === DEV ? 'image' : 'input_image']: `data:${image.mimeType};base64,${image.base64()}` };
}

function parseSubmit(
	response: HttpResponse,
	_request: PreparedRequest,
	{ baseUrl, now }: ProviderContext,
): Result<JobSnapshot<AnswerHandle>> {
	const answer = readAnswer(name, imageAnswer(), response.body);
	if (!answer.ok) return answer;
	const { images, data, timings, seed: made } = answer.value;
	const found = imageRefs(
		images?.length ? images : (data ?? []),
		baseUrl,
		new Date(now + LINK_LIFETIME_MS).toISOString(),
	);
	if (found.length === 0) return fail('badResponse', `${name} answered without an image`);
	const seconds = timings?.inference;
	return succeed({
		state: 'succeeded',
		handle: answerHandle(answerId(response, 'x-siliconcloud-trace-id', now), found),
		providerStatus: 'succeeded',
		images: found,
		meta: { seed: made ?? null, runMs: seconds == null ? null : Math.round(seconds * 1000) },
	});
}

/** "Model service overloaded": a definite answer, so that this is no submit whose fate is unknown. */
const OVERLOADED = '50505';

function codeFor(status: number, word: string | null, text: string): FaultCode {
	if (word === OVERLOADED) return 'rateLimited';
	if (/balance/i.test(text) && /insufficient|not enough/i.test(text)) return 'payment';
	const code = codeForStatus(status);
	// How a refused image is told was not found; a server in trouble is no refusal.
	return (code === 'invalidRequest' || status === 403 || status === 451) && soundsModerated(text)
		? 'moderated'
		: code;
}

/** `{ code, message, data }`, or a bare string: "Invalid token", "404 page not found". */
function parseError(response: HttpResponse): Fault {
	const { body, status } = response;
	const code = isObject(body) ? body['code'] : null;
	const word = typeof code === 'number' || typeof code === 'string' ? String(code) : null;
	return {
		...faultFromHttp(name, response, codeFor(status, word, errorText(body) ?? '')),
		providerStatus: word,
	};
}

export const siliconFlow: Provider<AnswerHandle> = {
	id: 'siliconFlow',
	displayName: name,
	credential: 'fluxKontextSiliconFlowApi',
	defaultBaseUrl: 'https://api.siliconflow.com/v1',
	trustedHosts: [],
	models,
	// Synchronous: an answer is the image or an error, and nothing is ever polled.
	statuses: { pending: [], succeeded: [], failed: [] },
	polling: { firstDelayMs: 1_000, intervalMs: 1_000, shortestMs: 1_000, maxIntervalMs: 5_000 },
	// "Image generation takes 30 to 180 s", says a reseller.
	submitTimeoutMs: 300_000,
	buildSubmit(request, { baseUrl }) {
		const { model, prompt, size, fields, additionalFields } = request;
		const body = checkBody(name, submitBody(), {
			model,
			prompt,
			...imageFields(request),
			...(size.kind === 'ratio' && { aspect_ratio: ratioText(size.ratio) }),
			...fields,
		});
		if (!body.ok) return body;
		return succeed({
			method: 'POST',
			url: `${baseUrl}/images/generations`,
			json: mergeFields(body.value, additionalFields),
		});
	},
	parseSubmit,
	readHandle: readAnswerHandle,
	recall: recallAnswer(name),
	parseError,
	notes: {
		sources: [
			'https://docs.siliconflow.com/en/api-reference/images/images-generations',
			'https://therouter.ai/models/black-forest-labs/flux-kontext-dev',
		],
		links: '1 hour',
		unverified: [
			'that pro and max make an image without an input image (a tutorial does it)',
			'how large an input image may be (20 MB here), and which types besides PNG are taken',
			'how a refused image and an exhausted balance are reported (by the wording here)',
			'the price of dev (from a reseller; others name 0.015) and those of pro and max',
			'GET /user/info, the test of the credential (documented for the Chinese site, known of this one)',
		],
	},
};
