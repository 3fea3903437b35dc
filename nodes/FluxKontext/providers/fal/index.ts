import { z } from 'zod';

import { clip, fault, fail, MAX_WORD, succeed, type Result } from '../../core/base/faults';
import type { HttpResponse } from '../../core/http/ports';
import { codeForStatus, errorText, faultFromHttp } from '../../core/http/errors';
import { isObject, type JsonObject } from '../../core/base/json';
import { mergeFields } from '../../core/request/options';
import { ratioText } from '../../core/request/sizes';
import { stateOf } from '../../core/job/statuses';
import type {
	Handle,
	ImageRef,
	InputImage,
	JobSnapshot,
	PreparedRequest,
	Provider,
	ProviderContext,
} from '../../core/provider';
import { checkBody, handleReader, jobId, once, optional, ownAddress, readAnswer } from '../shared/answers';
import { codeFor, errorTypes, jobFault, name, tellsOfJob } from './errors';
import { endpoints, models } from './models';

// Sources: fal-ai/fal-js (client 1.10.1: endpoint types, queue), fal.ai/docs (queue, errors, media expiration), the model pages.

interface FalHandle extends Handle {
	endpoint: string;
	statusUrl: string | null;
	responseUrl: string | null;
	cancelUrl: string | null;
	/** Told with the status, wanted with the result. */
	runMs: number | null;
}

const trustedHosts = ['fal.run', '*.fal.run'];
/** "Guaranteed to be available for at least 7 days." */
const LINK_LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;

const submitBody = once(() =>
	z
		.object({
			prompt: z.string().min(1),
			image_url: z.string().optional(),
			image_urls: z.array(z.string()).min(1).optional(),
			aspect_ratio: z.string().optional(),
			resolution_mode: z.string().optional(),
			guidance_scale: z.number().min(1).max(20).optional(),
			num_inference_steps: z.number().int().min(10).max(50).optional(),
			num_images: z.number().int().min(1).max(4).optional(),
			output_format: z.enum(['jpeg', 'png']).optional(),
			safety_tolerance: z.enum(['1', '2', '3', '4', '5', '6']).optional(),
			enable_safety_checker: z.boolean().optional(),
			enhance_prompt: z.boolean().optional(),
			acceleration: z.enum(['none', 'regular', 'high']).optional(),
			seed: z.number().int().optional(),
		})
		.strict(),
);

const submitAnswer = once(() =>
	z.object({
		request_id: jobId(),
		status: optional.text(),
		status_url: optional.text(),
		response_url: optional.text(),
		cancel_url: optional.text(),
	}),
);

const statusAnswer = once(() =>
	z.object({
		status: z.string(),
		queue_position: optional.number(),
		metrics: z.object({ inference_time: optional.number() }).nullish().catch(null),
		error: z.unknown(),
		error_type: optional.text(),
	}),
);

const resultAnswer = once(() =>
	z.object({
		images: z.array(z.object({ url: z.string().min(1) })).min(1),
		seed: optional.number(),
		prompt: optional.text(),
		has_nsfw_concepts: z.array(z.boolean()).nullish().catch(null),
	}),
);

/** Documented are IN_QUEUE, IN_PROGRESS and COMPLETED; a third party's schema names the failures. */
const statuses = {
	pending: ['in_queue', 'in_progress'],
	succeeded: ['completed'],
	failed: ['failed', 'error', 'canceled', 'cancelled'],
};

/** `owner/app/…`, and nothing that would leave the path. */
const ENDPOINT = /^\w[\w.-]*(?:\/\w[\w.-]*)+$/;

const handle = once(() =>
	z.object({
		id: jobId(),
		endpoint: z.string().regex(ENDPOINT),
		statusUrl: z.string().nullable(),
		responseUrl: z.string().nullable(),
		cancelUrl: z.string().nullable(),
		runMs: z.number().nullable(),
	}),
);

function endpointOf({ model, images: { length } }: PreparedRequest): string | null {
	const family = endpoints[model];
	if (family === undefined) return ENDPOINT.test(model) ? model : null;
	return length === 0 ? `${family}/text-to-image` : length === 1 ? family : `${family}/multi`;
}

const addressOf = (image: InputImage): string =>
	image.kind === 'url' ? image.url : `data:${image.mimeType};base64,${image.base64()}`;

function imageFields(inputs: readonly InputImage[], endpoint: string): JsonObject {
	const urls = inputs.map(addressOf);
	const [first] = urls;
	if (first === undefined) return {};
	// The edit endpoints of FLUX.2 take a list, as Kontext's multi does.
	return urls.length > 1 || /\/(?:multi|edit)$/.test(endpoint)
		? { image_urls: urls }
		: { image_url: first };
}

function sizeFields({ model, operation, size }: PreparedRequest): JsonObject {
	if (model === 'kontext/dev') {
		if (operation === 'generate') return {};
		return { resolution_mode: size.kind === 'ratio' ? ratioText(size.ratio) : 'match_input' };
	}
	return size.kind === 'ratio' ? { aspect_ratio: ratioText(size.ratio) } : {};
}

function failedJob(handle: FalHandle, response: HttpResponse): JobSnapshot<FalHandle> {
	const types = errorTypes(response.body);
	const broken = jobFault(types, errorText(response.body), response.status);
	return { state: 'failed', handle, providerStatus: types[0] ?? 'COMPLETED', fault: broken };
}

const isSuccess = ({ status }: HttpResponse): boolean => status >= 200 && status < 300;

function parseSubmit(
	response: HttpResponse,
	request: PreparedRequest,
	{ baseUrl }: ProviderContext,
): Result<JobSnapshot<FalHandle>> {
	const answer = readAnswer(name, submitAnswer(), response.body);
	if (!answer.ok) return answer;
	const {
		request_id: id,
		status,
		status_url: statusUrl,
		response_url: responseUrl,
		cancel_url: cancelUrl,
	} = answer.value;
	const own = (url: string | null | undefined) => ownAddress(url, baseUrl, trustedHosts);
	const accepted: FalHandle = {
		id,
		endpoint: endpointOf(request) ?? request.model,
		statusUrl: own(statusUrl),
		responseUrl: own(responseUrl),
		cancelUrl: own(cancelUrl),
		runMs: null,
	};
	return succeed({ state: 'pending', handle: accepted, providerStatus: status ?? 'IN_QUEUE' });
}

function parseStatus(response: HttpResponse, handle: FalHandle): Result<JobSnapshot<FalHandle>> {
	if (!isSuccess(response) && tellsOfJob(response)) return succeed(failedJob(handle, response));
	const answer = readAnswer(name, statusAnswer(), response.body);
	if (!answer.ok) return answer;
	const { status, queue_position: ahead, metrics, error, error_type: type } = answer.value;
	const state = stateOf(status, statuses);
	if (state === 'pending')
		return succeed({ state, handle, providerStatus: status, ...(ahead != null && { ahead }) });
	const text = errorText(error);
	const cancelled = status.toLowerCase().startsWith('cancel');
	if (state === 'failed' || text !== null || type) {
		const types = type ? [type] : cancelled ? ['client_cancelled'] : [];
		return succeed({
			state: 'failed',
			handle,
			providerStatus: type || status,
			fault: jobFault(types, text, null),
		});
	}
	const seconds = metrics?.inference_time;
	const runMs = seconds == null ? null : Math.round(seconds * 1000);
	return succeed({ state: 'resultReady', handle: { ...handle, runMs }, providerStatus: status });
}

/** With `sync_mode`, an additional field, the image stands in the answer as a data URI. */
function imageRef(url: string, now: number): ImageRef {
	return url.startsWith('data:')
		? { kind: 'base64', data: url.slice(url.indexOf(',') + 1) }
		: { kind: 'url', url, expiresAt: new Date(now + LINK_LIFETIME_MS).toISOString() };
}

function parseResult(
	response: HttpResponse,
	handle: FalHandle,
	{ now }: ProviderContext,
): Result<JobSnapshot<FalHandle>> {
	if (!isSuccess(response) && tellsOfJob(response)) return succeed(failedJob(handle, response));
	const answer = readAnswer(name, resultAnswer(), response.body);
	if (!answer.ok) return answer;
	const { images: made, seed, prompt, has_nsfw_concepts: flags } = answer.value;
	if (flags && flags.length >= made.length && flags.every(Boolean)) {
		const providerStatus = 'has_nsfw_concepts';
		const refused = fault('moderated', `${name} flagged the finished image as not safe for work`, {
			providerStatus,
		});
		return succeed({ state: 'failed', handle, providerStatus, fault: refused });
	}
	return succeed({
		state: 'succeeded',
		handle,
		providerStatus: 'COMPLETED',
		images: made.map(({ url }) => imageRef(url, now)),
		meta: { seed: seed ?? null, revisedPrompt: prompt ?? null, runMs: handle.runMs ?? null },
	});
}

/** The address out of the answer, or the one that fal's own clients build. */
function urlOf(
	{ id, endpoint }: FalHandle,
	given: string | null,
	action: '' | '/status' | '/cancel',
	baseUrl: string,
): string {
	if (given !== null) return given;
	const app = endpoint.split('/').slice(0, 2).map(encodeURIComponent).join('/');
	return `${baseUrl}/${app}/requests/${encodeURIComponent(id)}${action}`;
}

export const fal: Provider<FalHandle> = {
	id: 'fal',
	displayName: name,
	credential: 'fluxKontextFalApi',
	defaultBaseUrl: 'https://queue.fal.run',
	trustedHosts,
	models,
	statuses,
	// As its JavaScript client asks; the one for Python asks ten times a second.
	polling: { firstDelayMs: 500, intervalMs: 500, shortestMs: 300, maxIntervalMs: 3_000 },
	// "10 requests per second per user." Queued requests are never rejected for their number.
	submitRate: { count: 10, ms: 1_000 },
	buildSubmit(request, { baseUrl }) {
		const { model, prompt, images: inputs, fields, additionalFields } = request;
		const endpoint = endpointOf(request);
		if (endpoint === null) {
			return fail(
				'invalidRequest',
				`'Model' must be ${Object.keys(endpoints).join(', ')} or an endpoint of ${name} such as fal-ai/flux-2-pro, but is "${model}"`,
			);
		}
		const body = checkBody(name, submitBody(), {
			prompt,
			...imageFields(inputs, endpoint),
			...sizeFields(request),
			// Without it Kontext makes a JPEG; what another endpoint takes is not known.
			...(model in endpoints && { output_format: 'png' }),
			...fields,
		});
		if (!body.ok) return body;
		return succeed({
			method: 'POST',
			url: `${baseUrl}/${endpoint}`,
			json: mergeFields(body.value, additionalFields),
		});
	},
	parseSubmit,
	readHandle: handleReader(handle),
	callback: {
		attach: (request, { url }) => ({
			...request,
			url: `${request.url}?fal_webhook=${encodeURIComponent(url)}`,
		}),
		idPath: ['request_id'],
		createHandle: (id, model) => ({
			id,
			endpoint: endpoints[model] ?? model,
			statusUrl: null,
			responseUrl: null,
			cancelUrl: null,
			runMs: null,
		}),
		signature: {
			kind: 'ed25519',
			headers: {
				id: 'x-fal-webhook-request-id',
				user: 'x-fal-webhook-user-id',
				timestamp: 'x-fal-webhook-timestamp',
				signature: 'x-fal-webhook-signature',
			},
			// The queue's own host publishes none.
			keys: ({ baseUrl }) =>
				`${baseUrl === fal.defaultBaseUrl ? 'https://rest.fal.ai' : baseUrl}/.well-known/jwks.json`,
		},
	},
	buildStatus: (handle, { baseUrl }) => ({
		method: 'GET',
		url: urlOf(handle, handle.statusUrl, '/status', baseUrl),
	}),
	parseStatus,
	buildResult: (handle, { baseUrl }) => ({
		method: 'GET',
		url: urlOf(handle, handle.responseUrl, '', baseUrl),
	}),
	parseResult,
	buildCancel: (handle, { baseUrl }) => ({
		method: 'PUT',
		url: urlOf(handle, handle.cancelUrl, '/cancel', baseUrl),
	}),
	parseError(response) {
		const { body, status } = response;
		const text = errorText(body);
		const types = errorTypes(body);
		const plain = faultFromHttp(name, response, codeFor(types, text) ?? codeForStatus(status));
		// The queue's own errors are a word: {"status":"NOT_FOUND"}, {"status":"ALREADY_COMPLETED"}.
		const word =
			text === null && isObject(body) && typeof body['status'] === 'string'
				? clip(body['status'], MAX_WORD)
				: null;
		const message = word === null ? plain.message : `${plain.message}: ${word}`;
		return {
			...plain,
			message,
			providerStatus: types[0] === undefined ? word : clip(types[0], MAX_WORD),
		};
	},
	readsErrorStatus: (response) => codeForStatus(response.status) !== 'auth' && tellsOfJob(response),
	notes: {
		sources: [
			'https://github.com/fal-ai/fal-js (libs/client, 1.10.1)',
			'https://fal.ai/docs/documentation/model-apis/inference/queue',
			'https://fal.ai/docs/documentation/model-apis/errors',
			'https://fal.ai/models/fal-ai/flux-pro/kontext',
		],
		links: 'at least 7 days',
		unverified: [
			'kontext/dev without an input image (fal-ai/flux-kontext/dev/text-to-image): only another provider names it, its fields are taken from the edit and no size is sent',
			'the ranges of guidance (1 to 20) and steps (10 to 50) of kontext/dev',
			'how many images the multi endpoints take (4 here), and how large a data URI may be (20 MB here)',
			'what a flagged image contains: when has_nsfw_concepts flags every image of a job, the job counts as moderated; otherwise all are delivered',
			'the signature of a callback and where its keys are published (as third-party clients check it)',
			'with which HTTP status and body a failed job answers the request for its result',
			'the status of an exhausted balance (read by its wording)',
			'that GET https://api.fal.ai/v1/models/pricing, the test of the credential, refuses a bad key',
			'that an endpoint typed as free text whose name ends in /edit or /multi takes image_urls, and any other image_url',
		],
	},
};
