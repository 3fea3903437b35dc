import { z } from 'zod';

import { fail, succeed, type Fault, type Result } from '../../core/base/faults';
import type { HttpResponse } from '../../core/http/ports';
import { codeForStatus, errorText, faultFromHttp } from '../../core/http/errors';
import { isObject } from '../../core/base/json';
import { mergeFields } from '../../core/request/options';
import type {
	InputImage,
	JobSnapshot,
	ModelSpec,
	Operation,
	OperationSpec,
	Price,
	Provider,
	ProviderContext,
} from '../../core/provider';
import { checkBody, once, optional, readAnswer, soundsModerated } from '../shared/answers';
import {
	answerHandle,
	answerId,
	imageRefs,
	readAnswerHandle,
	recallAnswer,
	type AnswerHandle,
} from '../shared/openAiImages';

// Sources: docs.together.ai (Kontext quickstart), togethercomputer/openapi, together-ai (its SDK), huggingface.js.

const name = 'Together AI';

const submitBody = once(() =>
	z
		.object({
			model: z.string().min(1),
			prompt: z.string().min(1),
			image_url: z.string().optional(),
			width: z.number().int().optional(),
			height: z.number().int().optional(),
			response_format: z.enum(['base64', 'url']),
			output_format: z.enum(['jpeg', 'png']).optional(),
			seed: z.number().int().optional(),
			n: z.number().int().min(1).max(4).optional(),
			steps: z.number().int().min(1).max(50).optional(),
			guidance_scale: z.number().optional(),
			negative_prompt: z.string().optional(),
			disable_safety_checker: z.boolean().optional(),
		})
		.strict(),
);

const imageAnswer = once(() =>
	z.object({
		id: optional.text(),
		data: z.array(
			z.object({
				index: optional.number(),
				url: optional.text(),
				b64_json: optional.text(),
				revised_prompt: optional.text(),
			}),
		),
	}),
);

/** There are no jobs: an answer is a success. */
const statuses = { pending: [], succeeded: ['completed'], failed: [] };

function parseSubmit(
	response: HttpResponse,
	{ baseUrl, now }: ProviderContext,
): Result<JobSnapshot<AnswerHandle>> {
	const answer = readAnswer(name, imageAnswer(), response.body);
	if (!answer.ok) return answer;
	const images = imageRefs(
		[...answer.value.data].sort((a, b) => (a.index ?? 0) - (b.index ?? 0)),
		baseUrl,
		null,
	);
	if (images.length === 0) return fail('badResponse', `${name} answered without an image`);
	const id = answerId(response, 'x-request-id', now, answer.value.id);
	return succeed({
		state: 'succeeded',
		handle: answerHandle(id, images),
		providerStatus: 'completed',
		images,
		meta: {},
	});
}

/** `{ error: { message, type, param, code } }`. */
function parseError(response: HttpResponse): Fault {
	const error = isObject(response.body) ? response.body['error'] : null;
	const words = isObject(error)
		? [error['code'], error['type']].filter(
				(word): word is string => typeof word === 'string' && word !== '',
			)
		: [];
	const moderated =
		[400, 422].includes(response.status) &&
		[errorText(response.body) ?? '', ...words].some((text) => soundsModerated(text.replaceAll('_', ' ')));
	return {
		...faultFromHttp(name, response, moderated ? 'moderated' : codeForStatus(response.status)),
		providerStatus: words[0] ?? null,
	};
}

function operationOf(operation: Operation): OperationSpec {
	return {
		inputImages: {
			min: operation === 'edit' ? 1 : 0,
			max: 1,
			urls: true,
			maxBytes: 20_000_000,
			mimeTypes: ['image/png', 'image/jpeg', 'image/webp'],
		},
		// A guide names aspect_ratio for Kontext, which is neither in its SDK nor in its OpenAPI file; the limits are those
		// of Kontext elsewhere.
		size: { kind: 'pixels', multipleOf: 16, min: 256, max: 2048, maxPixels: 2048 * 2048 },
		options: {
			seed: { field: 'seed' },
			numberOfImages: { field: 'n', min: 1, max: 4 },
			outputFormat: { field: 'output_format', values: { png: 'png', jpeg: 'jpeg' } },
			guidance: { field: 'guidance_scale', default: 3.5 },
			steps: { field: 'steps', min: 1, max: 50, default: 28 },
			negativePrompt: { field: 'negative_prompt' },
			safetyChecker: { field: 'disable_safety_checker', invert: true, default: true },
		},
	};
}

function kontext(
	tier: string,
	description: string,
	usdPerImage: number | null,
	operations: readonly Operation[],
): ModelSpec {
	const price: Price | null =
		usdPerImage === null
			? null
			: { usdPerImage, readOn: '2026-11-20', source: 'https://www.together.ai/pricing' };
	return {
		id: `black-forest-labs/FLUX.1-kontext-${tier}`,
		displayName: `FLUX.1 Kontext [${tier}]`,
		description,
		operations: Object.fromEntries(operations.map((operation) => [operation, operationOf(operation)])),
		price,
	};
}

const addressOf = (image: InputImage): string =>
	image.kind === 'url' ? image.url : `data:${image.mimeType};base64,${image.base64()}`;

export const together: Provider<AnswerHandle> = {
	id: 'together',
	displayName: name,
	credential: 'fluxKontextTogetherApi',
	defaultBaseUrl: 'https://api.together.xyz/v1',
	trustedHosts: [],
	models: [
		kontext('pro', 'Fast editing and generation', 0.04, ['generate', 'edit']),
		kontext('max', 'Best prompt following and typography', 0.08, ['generate', 'edit']),
		// "condition_image is required" without one.
		kontext('dev', 'Open weights, edits only; not in every price list', null, ['edit']),
	],
	statuses,
	polling: { firstDelayMs: 1_000, intervalMs: 1_000, shortestMs: 1_000, maxIntervalMs: 5_000 },
	submitTimeoutMs: 300_000,
	buildSubmit({ model, prompt, images, size, fields, additionalFields }, { baseUrl }) {
		const [image] = images;
		const body = checkBody(name, submitBody(), {
			model,
			prompt,
			...(image && { image_url: addressOf(image) }),
			...(size.kind === 'pixels' && { width: size.width, height: size.height }),
			// How long a link lives is not documented.
			response_format: 'base64',
			...fields,
		});
		if (!body.ok) return body;
		return succeed({
			method: 'POST',
			url: `${baseUrl}/images/generations`,
			json: mergeFields(body.value, additionalFields),
		});
	},
	parseSubmit: (response, _request, context) => parseSubmit(response, context),
	readHandle: readAnswerHandle,
	recall: recallAnswer(name),
	parseError,
	notes: {
		sources: [
			'https://docs.together.ai/docs/quickstart-flux-kontext',
			'https://github.com/togethercomputer/openapi',
			'https://github.com/togethercomputer/together-typescript',
		],
		links: 'not documented; the image comes in the answer',
		unverified: [
			'that Kontext takes width and height, as the SDK and the OpenAPI file have them (a guide names aspect_ratio), and their limits',
			'the limits of n, steps and an input image, and what guidance_scale, steps and negative_prompt do with Kontext',
			'whether Kontext dev is still served, and its price',
			'how a refused image is reported (by the wording here)',
		],
	},
};
