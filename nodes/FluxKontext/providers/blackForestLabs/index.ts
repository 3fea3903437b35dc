import { z } from 'zod';

import { fault, fail, succeed, type Result } from '../../core/base/faults';
import type { HttpResponse } from '../../core/http/ports';
import { errorText, faultFromHttp } from '../../core/http/errors';
import { isObject } from '../../core/base/json';
import { mergeFields } from '../../core/request/options';
import { ratioText } from '../../core/request/sizes';
import { stateOf } from '../../core/job/statuses';
import type {
	Handle,
	InputImage,
	JobSnapshot,
	PreparedRequest,
	Provider,
	ProviderContext,
} from '../../core/provider';
import { checkBody, handleReader, jobId, once, optional, ownAddress, readAnswer } from '../shared/answers';
import { flux2Pro, models } from './models';

// Sources: the OpenAPI file of api.bfl.ai, docs.bfl.ai (integration guidelines, pricing), help.bfl.ai.

interface BlackForestLabsHandle extends Handle {
	pollingUrl: string | null;
	/** 1 credit is 0.01 USD. */
	credits: number | null;
}

const name = 'Black Forest Labs';
/** Regional clusters answer under their own hosts; "poll that exact URL". */
const trustedHosts = ['bfl.ai', '*.bfl.ai'];
/** "Signed URLs are only valid for 10 minutes." */
const LINK_LIFETIME_MS = 10 * 60 * 1000;

const common = once(() =>
	z
		.object({
			prompt: z.string().min(1),
			input_image: z.string().optional(),
			input_image_2: z.string().optional(),
			input_image_3: z.string().optional(),
			input_image_4: z.string().optional(),
			seed: z.number().int().optional(),
			output_format: z.enum(['jpeg', 'png', 'webp']),
			prompt_upsampling: z.boolean().optional(),
		})
		.strict(),
);

const kontextBody = once(() =>
	common().extend({
		aspect_ratio: z.string().optional(),
		safety_tolerance: z.number().int().min(0).max(6).optional(),
	}),
);

const flux2Body = once(() =>
	common().extend({
		input_image_5: z.string().optional(),
		input_image_6: z.string().optional(),
		input_image_7: z.string().optional(),
		input_image_8: z.string().optional(),
		width: z.number().int().min(64).optional(),
		height: z.number().int().min(64).optional(),
		safety_tolerance: z.number().int().min(0).max(5).optional(),
		guidance: z.number().min(1.5).max(10).optional(),
		steps: z.number().int().min(1).max(50).optional(),
	}),
);

const isFlux2 = (model: string): boolean => model.startsWith('flux-2-');

const submitAnswer = once(() =>
	z.object({ id: jobId(), polling_url: optional.text(), cost: optional.number() }),
);

const handle = once(() =>
	z.object({ id: jobId(), pollingUrl: z.string().nullable(), credits: z.number().nullable() }),
);

const statusAnswer = once(() =>
	z.object({
		status: z.string(),
		result: z
			.object({
				sample: z.string().nullish(),
				seed: optional.number(),
				prompt: optional.text(),
				start_time: optional.number(),
				end_time: optional.number(),
			})
			.nullish()
			.catch(null),
		details: z.unknown(),
		cost: optional.number(),
	}),
);

const statuses = {
	pending: ['pending', 'reasoning', 'generating'],
	succeeded: ['ready'],
	failed: ['error', 'failed', 'request moderated', 'content moderated', 'task not found'],
};

function imageFields(images: readonly InputImage[]): Record<string, string> {
	return Object.fromEntries(
		images.map((image, index) => [
			index === 0 ? 'input_image' : `input_image_${index + 1}`,
			// Bare base64, without a `data:` prefix.
			image.kind === 'url' ? image.url : image.base64(),
		]),
	);
}

function moderationReasons(details: unknown): string | null {
	// The key has a space in it.
	const reasons = isObject(details) ? details['Moderation Reasons'] : null;
	const texts = Array.isArray(reasons) ? reasons.filter((reason) => typeof reason === 'string') : [];
	return texts.length > 0 ? texts.join(', ') : null;
}

function failure(status: string, details: unknown) {
	const word = status.toLowerCase();
	if (word.includes('moderated')) {
		const reasons = moderationReasons(details);
		const what = word.startsWith('request') ? 'the prompt or an input image' : 'the finished image';
		return fault('moderated', `${name} refused ${what}${reasons === null ? '' : `: ${reasons}`}`, {
			providerStatus: status,
		});
	}
	if (word === 'task not found') {
		return fault('notFound', `${name} does not know this job (any more)`, { providerStatus: status });
	}
	const text = errorText(details);
	return fault('failed', `${name} could not make the image${text === null ? '' : `: ${text}`}`, {
		providerStatus: status,
	});
}

function parseSubmit(
	response: HttpResponse,
	_request: PreparedRequest,
	{ baseUrl }: ProviderContext,
): Result<JobSnapshot<BlackForestLabsHandle>> {
	const answer = readAnswer(name, submitAnswer(), response.body);
	if (!answer.ok) return answer;
	const { id, polling_url: pollingUrl, cost } = answer.value;
	// A polling URL on a foreign host must not see the key; the base URL knows the job as well.
	const own = ownAddress(pollingUrl, baseUrl, trustedHosts);
	return succeed({
		state: 'pending',
		handle: { id, pollingUrl: own, credits: cost ?? null },
		providerStatus: 'Pending',
	});
}

function parseStatus(
	response: HttpResponse,
	handle: BlackForestLabsHandle,
	context: ProviderContext,
): Result<JobSnapshot<BlackForestLabsHandle>> {
	const answer = readAnswer(name, statusAnswer(), response.body);
	if (!answer.ok) return answer;
	const { status, result, details, cost } = answer.value;
	const state = stateOf(status, statuses);
	if (state === 'pending') return succeed({ state, handle, providerStatus: status });
	if (state === 'failed') {
		return succeed({ state, handle, providerStatus: status, fault: failure(status, details) });
	}
	if (!result?.sample) return fail('badResponse', `${name} says that the image is ready, but names none`);
	const { sample, seed, prompt, start_time: start, end_time: end } = result;
	const credits = cost ?? handle.credits;
	return succeed({
		state,
		handle,
		providerStatus: status,
		images: [
			{ kind: 'url', url: sample, expiresAt: new Date(context.now + LINK_LIFETIME_MS).toISOString() },
		],
		meta: {
			seed: seed ?? null,
			revisedPrompt: prompt ?? null,
			cost: credits === null ? null : credits / 100,
			runMs: start != null && end != null ? Math.round((end - start) * 1000) : null,
		},
	});
}

export const blackForestLabs: Provider<BlackForestLabsHandle> = {
	id: 'blackForestLabs',
	displayName: name,
	credential: 'fluxKontextBlackForestLabsApi',
	defaultBaseUrl: 'https://api.bfl.ai',
	trustedHosts,
	models,
	specForUnknownModel: (modelId) => (isFlux2(modelId) ? flux2Pro : null),
	statuses,
	// Its samples ask every half second; it names no minimum.
	polling: { firstDelayMs: 500, intervalMs: 500, shortestMs: 300, maxIntervalMs: 5_000 },
	maxActiveJobs: { perKey: 24, perModel: { 'flux-kontext-max': 6 } },
	buildSubmit({ model, prompt, images, size, fields, additionalFields }: PreparedRequest, { baseUrl }) {
		const body = checkBody(name, isFlux2(model) ? flux2Body() : kontextBody(), {
			prompt,
			...imageFields(images),
			...(size.kind === 'ratio' && { aspect_ratio: ratioText(size.ratio) }),
			...(size.kind === 'pixels' && { width: size.width, height: size.height }),
			// The documented default differs from page to page.
			output_format: 'png',
			...fields,
		});
		if (!body.ok) return body;
		return succeed({
			method: 'POST',
			url: `${baseUrl}/v1/${encodeURIComponent(model)}`,
			json: mergeFields(body.value, additionalFields),
		});
	},
	parseSubmit,
	readHandle: handleReader(handle),
	callback: {
		// The answer to such a submit has no polling URL; the base URL knows the job as well.
		attach: (request, { url, secret }) => ({
			...request,
			json: { ...request.json, webhook_url: url, webhook_secret: secret },
		}),
		idPath: ['id'],
		createHandle: (id) => ({ id, pollingUrl: null, credits: null }),
		signature: { kind: 'hmac', header: 'x-bfl-signature' },
	},
	buildStatus: ({ id, pollingUrl }, { baseUrl }) => ({
		method: 'GET',
		url: pollingUrl ?? `${baseUrl}/v1/get_result?id=${encodeURIComponent(id)}`,
	}),
	parseStatus,
	parseError: (response) => faultFromHttp(name, response),
	notes: {
		sources: [
			'https://api.bfl.ai/openapi.json',
			'https://docs.bfl.ai/api_integration/integration_guidelines',
			'https://docs.bfl.ai/quick_start/pricing',
		],
		links: '10 minutes',
		unverified: [
			'that an edit takes a safety tolerance of 2 at most (the OpenAPI file says 6)',
			'the statuses Reasoning and Generating, and failures that come as 422 or 503 with a status in the body',
			'whether GET /v1/get_result looks at the key',
			'the body of a callback and its signature (only the skill files of Black Forest Labs describe them)',
			'the largest side that FLUX.2 takes (the guides say up to 4 megapixels), and that its sides are multiples of 16',
		],
	},
	// Some failures of a job come as 422 or 503 with the job's state in the body; an unknown job may come as 404.
	readsErrorStatus: ({ body }) => isObject(body) && typeof body['status'] === 'string',
};
