import { z } from 'zod';

import { clip, fault, fail, MAX_WORD, succeed, type Fault, type Result } from '../../core/base/faults';
import type { HttpResponse } from '../../core/http/ports';
import { errorText, faultFromHttp } from '../../core/http/errors';
import { isObject } from '../../core/base/json';
import { mergeFields } from '../../core/request/options';
import { ratioText, type Ratio } from '../../core/request/sizes';
import { stateOf } from '../../core/job/statuses';
import type {
	Handle,
	ImageRef,
	InputImage,
	InputImageSpec,
	JobSnapshot,
	ModelSpec,
	OperationSpec,
	Provider,
	ProviderContext,
} from '../../core/provider';
import {
	checkBody,
	handleReader,
	jobId,
	once,
	optional,
	ownAddress,
	readAnswer,
	soundsModerated,
} from '../shared/answers';

// Sources: Replicate's OpenAPI file, replicate/replicate-javascript 1.4.0, the version page of flux-kontext-pro.

interface ReplicateHandle extends Handle {
	getUrl: string | null;
	cancelUrl: string | null;
}

const name = 'Replicate';
const trustedHosts = ['api.replicate.com'];
/** "Input and output files are automatically deleted after an hour." */
const LINK_LIFETIME_MS = 60 * 60 * 1000;
/** A date further off than this is no date of a job. */
const MAX_CLOCK_SKEW_MS = 365 * 24 * 60 * 60 * 1000;
/** A short job is answered with its image, without a poll; 60 is the most. */
const MAX_WAIT_S = 5;

const ratios: readonly Ratio[] = [
	[1, 1],
	[16, 9],
	[9, 16],
	[4, 3],
	[3, 4],
	[3, 2],
	[2, 3],
	[4, 5],
	[5, 4],
	[21, 9],
	[9, 21],
	[2, 1],
	[1, 2],
].map(([w = 1, h = 1]) => ({ w, h }));

const submitInput = once(() =>
	z
		.object({
			prompt: z.string().min(1),
			input_image: z.string().min(1).optional(),
			aspect_ratio: z.string().optional(),
			output_format: z.enum(['jpg', 'png', 'webp']).optional(),
			output_quality: z.number().int().min(0).max(100).optional(),
			safety_tolerance: z.number().int().min(0).max(6).optional(),
			prompt_upsampling: z.boolean().optional(),
			seed: z.number().int().optional(),
			num_inference_steps: z.number().int().min(4).max(50).optional(),
			guidance: z.number().min(0).max(10).optional(),
			disable_safety_checker: z.boolean().optional(),
		})
		.strict(),
);

const handle = once(() =>
	z.object({ id: jobId(), getUrl: z.string().nullable(), cancelUrl: z.string().nullable() }),
);

const signingSecret = once(() => z.object({ key: z.string().min(1) }));

const prediction = once(() =>
	z.object({
		id: jobId(),
		status: z.string(),
		output: z.unknown(),
		error: z.unknown(),
		completed_at: optional.text(),
		data_removed: z.boolean().nullish().catch(null),
		metrics: z.object({ predict_time: optional.number() }).nullish().catch(null),
		urls: z.object({ get: optional.text(), cancel: optional.text() }).nullish().catch(null),
	}),
);

const statuses = {
	pending: ['starting', 'processing'],
	succeeded: ['succeeded'],
	// `aborted`: cancelled before it began. Replicate's own client does not know it.
	failed: ['failed', 'canceled', 'cancelled', 'aborted'],
};

const noImages: InputImageSpec = { min: 0, max: 0, urls: false, maxBytes: 0, mimeTypes: [] };
const oneImage: InputImageSpec = {
	min: 1,
	max: 1,
	urls: true,
	// A URL is recommended above 256 kB; Replicate's own client sends data URIs of up to 10 MB.
	maxBytes: 10_000_000,
	mimeTypes: ['image/png', 'image/jpeg', 'image/webp', 'image/gif'],
};

function officialOptions(maxTolerance: number): OperationSpec['options'] {
	return {
		seed: { field: 'seed' },
		outputFormat: { field: 'output_format', values: { png: 'png', jpeg: 'jpg' } },
		promptUpsampling: { field: 'prompt_upsampling', default: false },
		safetyTolerance: { field: 'safety_tolerance', min: 0, max: maxTolerance, clamp: true, default: 2 },
	};
}

/** "2 is currently the maximum allowed when input images are used": so an image is for an edit only. */
const official: ModelSpec['operations'] = {
	generate: { inputImages: noImages, size: { kind: 'ratios', ratios }, options: officialOptions(6) },
	edit: { inputImages: oneImage, size: { kind: 'ratios', ratios }, options: officialOptions(2) },
};

const openWeights: ModelSpec['operations'] = {
	edit: {
		inputImages: oneImage,
		size: { kind: 'ratios', ratios },
		options: {
			seed: { field: 'seed' },
			outputFormat: { field: 'output_format', values: { png: 'png', jpeg: 'jpg', webp: 'webp' } },
			outputQuality: { field: 'output_quality', min: 0, max: 100, default: 80 },
			guidance: { field: 'guidance', min: 0, max: 10, default: 2.5 },
			steps: { field: 'num_inference_steps', min: 4, max: 50, default: 28 },
			safetyChecker: { field: 'disable_safety_checker', invert: true, default: true },
		},
	},
};

function kontext(
	tier: 'pro' | 'max' | 'dev',
	usdPerImage: number,
	description: string,
	operations: ModelSpec['operations'],
): ModelSpec {
	const id = `black-forest-labs/flux-kontext-${tier}`;
	const source =
		tier === 'dev'
			? 'lumenfall.ai, the page of flux.1-kontext-dev (its price through Replicate)'
			: `https://replicate.com/${id}#pricing`;
	return {
		id,
		displayName: `FLUX.1 Kontext [${tier}]`,
		description,
		operations,
		price: { usdPerImage, readOn: '2026-11-20', source },
	};
}

function failure(status: string, error: unknown): Fault {
	const text = errorText(error);
	const stopped = /^(?:cancel|abort)/i.test(status);
	const code = stopped
		? 'cancelled'
		: text !== null && (/\bE005\b/.test(text) || soundsModerated(text))
			? 'moderated'
			: 'failed';
	return fault(code, `${name} ended the job as ${status}${text === null ? '' : `: ${text}`}`, {
		providerStatus: status,
	});
}

/** One address, or a list of them. */
function outputUrls(output: unknown): string[] {
	const outputs: unknown[] = Array.isArray(output) ? output : [output];
	return outputs.filter((url): url is string => typeof url === 'string' && url !== '');
}

function imageRef(url: string, expiresAt: string): ImageRef {
	return url.startsWith('data:')
		? { kind: 'base64', data: url.slice(url.indexOf(',') + 1) }
		: { kind: 'url', url, expiresAt };
}

function parsePrediction(
	response: HttpResponse,
	known: ReplicateHandle | null,
	{ baseUrl, now }: ProviderContext,
): Result<JobSnapshot<ReplicateHandle>> {
	const answer = readAnswer(name, prediction(), response.body);
	if (!answer.ok) return answer;
	const {
		id,
		status,
		output,
		error,
		completed_at: completedAt,
		data_removed: removed,
		metrics,
		urls,
	} = answer.value;
	const own = (url: string | null | undefined) => ownAddress(url, baseUrl, trustedHosts);
	const handle = known ?? { id, getUrl: own(urls?.get), cancelUrl: own(urls?.cancel) };
	const state = stateOf(status, statuses);
	if (state === 'pending') return succeed({ state, handle, providerStatus: status });
	if (state === 'failed')
		return succeed({ state, handle, providerStatus: status, fault: failure(status, error) });
	const images = outputUrls(output);
	if (images.length === 0) {
		if (!removed) return fail('badResponse', `${name} says that the job succeeded, but names no image`);
		const expired = fault('expired', `${name} has deleted the image, as it does an hour after the job`, {
			providerStatus: status,
		});
		return succeed({ state: 'failed', handle, providerStatus: status, fault: expired });
	}
	const ended = Date.parse(completedAt ?? '');
	const expiresAt = new Date(
		(Math.abs(ended - now) < MAX_CLOCK_SKEW_MS ? ended : now) + LINK_LIFETIME_MS,
	).toISOString();
	const seconds = metrics?.predict_time;
	return succeed({
		state,
		handle,
		providerStatus: status,
		images: images.map((url) => imageRef(url, expiresAt)),
		meta: { runMs: seconds == null ? null : Math.round(seconds * 1000) },
	});
}

const addressOf = (image: InputImage): string =>
	image.kind === 'url' ? image.url : `data:${image.mimeType};base64,${image.base64()}`;

/** The address out of the answer, or the documented one. */
function urlOf(
	{ id }: ReplicateHandle,
	given: string | null,
	action: '' | '/cancel',
	baseUrl: string,
): string {
	return given ?? `${baseUrl}/predictions/${encodeURIComponent(id)}${action}`;
}

const MODEL = /^\w[\w.-]*\/\w[\w.-]*$/;

export const replicate: Provider<ReplicateHandle> = {
	id: 'replicate',
	displayName: name,
	credential: 'fluxKontextReplicateApi',
	defaultBaseUrl: 'https://api.replicate.com/v1',
	trustedHosts,
	models: [
		kontext('pro', 0.04, 'Fast editing and generation', official),
		kontext('max', 0.08, 'Best prompt following and typography', official),
		kontext('dev', 0.025, 'Open weights, with guidance and steps; edits only', openWeights),
	],
	statuses,
	// As its client asks.
	polling: { firstDelayMs: 500, intervalMs: 500, shortestMs: 300, maxIntervalMs: 5_000 },
	// "600 requests per minute" to create predictions.
	submitRate: { count: 600, ms: 60_000 },
	buildSubmit({ model, prompt, images, size, fields, additionalFields }, { baseUrl, waitMs = 0 }) {
		if (!MODEL.test(model))
			return fail(
				'invalidRequest',
				`'Model' must be owner/name, such as black-forest-labs/flux-kontext-pro, but is "${model}"`,
			);
		const [image] = images;
		const seconds = Math.min(MAX_WAIT_S, Math.floor(waitMs / 1000));
		const known = replicate.models.some(({ id }) => id === model);
		const input = checkBody(name, submitInput(), {
			prompt,
			...(image && { input_image: addressOf(image) }),
			...(size.kind === 'ratio'
				? { aspect_ratio: ratioText(size.ratio) }
				: known && image && { aspect_ratio: 'match_input_image' }),
			// The default differs from model to model; what one outside the catalogue takes is not known.
			...(known && { output_format: 'png' }),
			...fields,
		});
		if (!input.ok) return input;
		return succeed({
			method: 'POST',
			url: `${baseUrl}/models/${model}/predictions`,
			...(seconds >= 1 && { headers: { Prefer: `wait=${seconds}` } }),
			json: { input: mergeFields(input.value, additionalFields) },
		});
	},
	parseSubmit: (response, _request, context) => parsePrediction(response, null, context),
	readHandle: handleReader(handle),
	callback: {
		attach: (request, { url }) => ({
			...request,
			json: { ...request.json, webhook: url, webhook_events_filter: ['completed'] },
		}),
		idPath: ['id'],
		createHandle: (id) => ({ id, getUrl: null, cancelUrl: null }),
		signature: {
			kind: 'standardWebhooks',
			secret: ({ baseUrl }) => ({ method: 'GET', url: `${baseUrl}/webhooks/default/secret` }),
			parseSecret(response) {
				const answer = readAnswer(name, signingSecret(), response.body);
				return answer.ok ? succeed(answer.value.key) : answer;
			},
		},
	},
	buildStatus: (handle, { baseUrl }) => ({ method: 'GET', url: urlOf(handle, handle.getUrl, '', baseUrl) }),
	parseStatus: parsePrediction,
	buildCancel: (handle, { baseUrl }) => ({
		method: 'POST',
		url: urlOf(handle, handle.cancelUrl, '/cancel', baseUrl),
	}),
	cancelTellsStatus: true,
	parseError(response) {
		const { body } = response;
		const plain = faultFromHttp(name, response);
		const title =
			isObject(body) && errorText(body) === null && typeof body['title'] === 'string'
				? clip(body['title'], MAX_WORD)
				: null;
		return title === null ? plain : { ...plain, message: `${plain.message}: ${title}` };
	},
	notes: {
		sources: [
			'https://api.replicate.com/openapi.json',
			'https://github.com/replicate/replicate-javascript (1.4.0)',
			'https://replicate.com/black-forest-labs/flux-kontext-pro/api',
			'https://replicate.com/docs/topics/predictions/rate-limits',
		],
		links: '1 hour',
		unverified: [
			'the inputs of flux-kontext-dev and -max, and the list of ratios (from copies that gateways keep)',
			'that data URIs above the recommended 256 kB are taken (the official client sends up to 10 MB)',
			'that a finished image is downloaded without the token, as official clients do (the OpenAPI file asks for it)',
			'that a refused image is told by E005 in the text of the error',
			'the body of an answer of 402',
		],
	},
};
