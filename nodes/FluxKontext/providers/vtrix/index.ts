import { z } from 'zod';

import { fault, fail, succeed, type Fault, type FaultCode, type Result } from '../../core/base/faults';
import type { HttpResponse } from '../../core/http/ports';
import { codeForStatus, errorText, faultFromHttp } from '../../core/http/errors';
import { isObject, textOf } from '../../core/base/json';
import { mergeFields } from '../../core/request/options';
import { ratioText } from '../../core/request/sizes';
import { stateOf } from '../../core/job/statuses';
import type {
	Handle,
	ImageRef,
	InputImage,
	JobSnapshot,
	ModelSpec,
	OperationSpec,
	Provider,
	ProviderContext,
} from '../../core/provider';
import {
	absoluteUrl,
	checkBody,
	handleReader,
	jobId,
	once,
	optional,
	readAnswer,
	soundsModerated,
} from '../shared/answers';

// Sources: doc.vtrix.ai (Kontext pro and max), docs.vtrix.ai (model API), VtrixAI/vtrix-cli; SeaCloudAI/seacloud-cli, a
// sibling of the same platform, for what is marked so.

const name = 'Vtrix';

const params = once(() =>
	z
		.object({
			prompt: z.string().min(1),
			input_image: z.string().optional(),
			input_image_2: z.string().optional(),
			input_image_3: z.string().optional(),
			input_image_4: z.string().optional(),
			seed: z.number().int().optional(),
			aspect_ratio: z.string().optional(),
			output_format: z.enum(['jpeg', 'png']).optional(),
			prompt_upsampling: z.boolean().optional(),
			safety_tolerance: z.number().int().min(0).max(6).optional(),
			steps: z.number().int().min(1).max(50).optional(),
			guidance_scale: z.number().min(1).max(10).optional(),
			negative_prompt: z.string().optional(),
		})
		.strict(),
);

const handle = once(() => z.object({ id: jobId() }));

const taskAnswer = once(() =>
	z.object({
		id: jobId(),
		status: optional.text(),
		// From 0 to 1.
		progress: optional.number(),
		output: z
			.array(
				z.object({
					content: z
						.array(z.object({ type: optional.text(), url: optional.text() }))
						.nullish()
						.catch(null),
				}),
			)
			.nullish()
			.catch(null),
		usage: z
			.object({ cost: z.union([z.string(), z.number()]).nullish().catch(null) })
			.nullish()
			.catch(null),
		error: z.unknown(),
	}),
);

const statuses = {
	pending: ['in_progress', 'pending', 'processing', 'queued', 'in_queue'],
	succeeded: ['completed'],
	failed: ['failed', 'canceled', 'cancelled'],
};

/** The sibling wraps its answers: `{ status: { code, message, error_code }, data }`. */
function unwrapped(body: unknown): unknown {
	return isObject(body) && isObject(body['status']) && isObject(body['data']) ? body['data'] : body;
}

/** What an answer says went wrong: the sibling's envelope, or an error that is a text or an object. */
function errorIn(body: unknown): { text: string | null; code: string } {
	const { status, error } = isObject(body) ? body : {};
	const found = isObject(status) ? status : error;
	const code = isObject(found) ? (found['error_code'] ?? found['code']) : null;
	return {
		text: errorText(found),
		code: typeof code === 'number' || typeof code === 'string' ? String(code) : '',
	};
}

/** The sibling's codes of an empty balance. */
const isBalance = (code: string): boolean => /^4020[1-8]$/.test(code);
const soundsUnpaid = (text: string | null): boolean =>
	text !== null && /balance|insufficient|credits?\b|top.?up|recharge|arrears/i.test(text);

/** 403 is "balance or permission". */
function codeOf(status: number, { text, code }: { text: string | null; code: string }): FaultCode {
	if (isBalance(code) || (status === 403 && soundsUnpaid(text))) return 'payment';
	return [400, 422].includes(status) && text !== null && soundsModerated(text)
		? 'moderated'
		: codeForStatus(status);
}

function parseError(response: HttpResponse): Fault {
	const error = errorIn(response.body);
	const text = error.text ?? errorText(response.body);
	const plain = faultFromHttp(name, response, codeOf(response.status, { ...error, text }));
	return {
		...plain,
		message: `${name} answered ${response.status}${text === null ? '' : `: ${text}`}`,
		providerStatus: error.code || null,
	};
}

function failure(status: string, body: unknown): Fault {
	const { text, code } = errorIn(body);
	const faultCode = isBalance(code)
		? 'payment'
		: status.toLowerCase().startsWith('cancel')
			? 'cancelled'
			: text !== null && soundsModerated(text)
				? 'moderated'
				: 'failed';
	return fault(faultCode, `${name} ended the job as ${status}${text === null ? '' : `: ${text}`}`, {
		providerStatus: status,
	});
}

/** "A reply without an id is a failure"; the envelope of the sibling may say of what kind. */
function refused({ status, body }: HttpResponse): Fault | null {
	const error = errorIn(body);
	const envelope =
		isObject(body) && isObject(body['status']) ? Number(textOf(body['status']['code'])) : Number.NaN;
	const meant = Number.isInteger(envelope) && envelope >= 400 ? envelope : null;
	if (meant === null && !isBalance(error.code)) return null;
	const code = codeOf(meant ?? status, error);
	return fault(code, `${name} answered ${status}${error.text === null ? '' : `: ${error.text}`}`, {
		httpStatus: status,
		providerStatus: error.code || null,
	});
}

function parseTask(
	response: HttpResponse,
	known: Handle | null,
	{ baseUrl }: ProviderContext,
): Result<JobSnapshot> {
	const body = unwrapped(response.body);
	const answer = readAnswer(name, taskAnswer(), known && isObject(body) ? { ...body, id: known.id } : body);
	const refusal = answer.ok && answer.value.status ? null : refused(response);
	if (refusal !== null) return { ok: false, fault: refusal };
	if (!answer.ok) {
		const { text } = errorIn(body);
		return text === null ? answer : fail('badResponse', `${name} gave no id: ${text}`);
	}
	const { id, status, progress, output, usage, error } = answer.value;
	const handle = known ?? { id };
	const providerStatus = status ?? 'in_progress';
	const state = stateOf(providerStatus, statuses);
	if (state === 'pending')
		return succeed({ state, handle, providerStatus, ...(progress != null && { progress }) });
	const images = (output ?? []).flatMap(({ content }) =>
		(content ?? []).flatMap<ImageRef>(({ type, url }) =>
			url && (type ?? 'image') === 'image'
				? [{ kind: 'url', url: absoluteUrl(url, baseUrl), expiresAt: null }]
				: [],
		),
	);
	// At the sibling, completed only means that the job is over.
	if (state === 'failed' || (images.length === 0 && errorText(error) !== null)) {
		return succeed({
			state: 'failed',
			handle,
			providerStatus,
			fault: failure(providerStatus, { error }),
		});
	}
	if (images.length === 0)
		return fail('badResponse', `${name} says that the job succeeded, but names no image`);
	const cost = usage?.cost == null || usage.cost === '' ? null : Number(usage.cost);
	return succeed({
		state,
		handle,
		providerStatus,
		images,
		meta: { cost: cost !== null && Number.isFinite(cost) ? cost : null },
	});
}

function operationOf(tier: 'pro' | 'max', operation: 'generate' | 'edit'): OperationSpec {
	return {
		inputImages: {
			min: operation === 'edit' ? 1 : 0,
			max: 4,
			urls: true,
			maxBytes: 20_000_000,
			mimeTypes: ['image/png', 'image/jpeg', 'image/webp'],
		},
		size: { kind: 'anyRatio' },
		options: {
			seed: { field: 'seed' },
			outputFormat: { field: 'output_format', values: { png: 'png', jpeg: 'jpeg' } },
			promptUpsampling: { field: 'prompt_upsampling', default: false },
			// The text says "0 means strictest", the range of pro begins at 1.
			safetyTolerance: {
				field: 'safety_tolerance',
				min: tier === 'pro' ? 1 : 0,
				max: 6,
				clamp: true,
				default: 2,
			},
			...(tier === 'max' && {
				guidance: { field: 'guidance_scale', min: 1, max: 10 },
				steps: { field: 'steps', min: 1, max: 50 },
				negativePrompt: { field: 'negative_prompt' },
			}),
		},
	};
}

function kontext(tier: 'pro' | 'max', description: string): ModelSpec {
	return {
		id: `flux_kontext_${tier}`,
		displayName: `FLUX.1 Kontext [${tier}]`,
		description,
		operations: { generate: operationOf(tier, 'generate'), edit: operationOf(tier, 'edit') },
		price: null,
	};
}

const imageFields = (images: readonly InputImage[]): Record<string, string> =>
	Object.fromEntries(
		images.map((image, index) => [
			index === 0 ? 'input_image' : `input_image_${index + 1}`,
			// "Base64 encoded image": bare, without a `data:` prefix.
			image.kind === 'url' ? image.url : image.base64(),
		]),
	);

export const vtrix: Provider = {
	id: 'vtrix',
	displayName: name,
	credential: 'fluxKontextVtrixApi',
	defaultBaseUrl: 'https://cloud.vtrix.ai/model',
	trustedHosts: [],
	models: [
		kontext('pro', 'Fast editing and generation'),
		kontext('max', 'Best prompt following, with guidance, steps and a negative prompt'),
	],
	statuses,
	// As its own command line tool polls.
	polling: { firstDelayMs: 5_000, intervalMs: 5_000, shortestMs: 5_000, maxIntervalMs: 5_000 },
	buildSubmit({ model, prompt, images, size, fields, additionalFields }, { baseUrl }) {
		const body = checkBody(name, params(), {
			prompt,
			...imageFields(images),
			...(size.kind === 'ratio' && { aspect_ratio: ratioText(size.ratio) }),
			...fields,
		});
		if (!body.ok) return body;
		return succeed({
			method: 'POST',
			url: `${baseUrl}/v1/generation`,
			// The pages list the parameters flat; its own tool wraps them.
			json: { model, input: [{ params: mergeFields(body.value, additionalFields) }] },
		});
	},
	parseSubmit: (response, _request, context) => parseTask(response, null, context),
	readHandle: handleReader(handle),
	buildStatus: ({ id }, { baseUrl }) => ({
		method: 'GET',
		url: `${baseUrl}/v1/generation/task/${encodeURIComponent(id)}`,
	}),
	parseStatus: parseTask,
	parseError,
	notes: {
		sources: [
			'https://doc.vtrix.ai/docs/api/blackforestlabs/flux-kontext-pro',
			'https://doc.vtrix.ai/docs/api/blackforestlabs/flux-kontext-max',
			'https://docs.vtrix.ai/api-reference/models/model_api_documentation_gitbook',
			'https://github.com/VtrixAI/vtrix-cli',
		],
		links: 'not documented',
		unverified: [
			'that an image as base64 is sent bare',
			'text to image by leaving out the input image',
			'how a refused image is reported (by the wording here), and when 403 means the balance (by the wording, too)',
			'the wrapped answers and the codes 40201 to 40208 (those of a sibling platform)',
			'what an image costs (each answer says it)',
			'that the test of the credential, the state of a task that does not exist, refuses a bad key: no request that checks a key is documented',
		],
	},
};
