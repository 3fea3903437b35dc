import { z } from 'zod';

import { fault, fail, succeed, type Result } from '../../core/base/faults';
import type { HttpResponse } from '../../core/http/ports';
import { errorText, faultFromHttp } from '../../core/http/errors';
import { isObject, parseJson } from '../../core/base/json';
import { mergeFields } from '../../core/request/options';
import type { Pixels } from '../../core/request/sizes';
import { stateOf } from '../../core/job/statuses';
import type { Handle, InputImage, JobSnapshot, Provider } from '../../core/provider';
import {
	checkBody,
	handleReader,
	jobId,
	once,
	optional,
	readAnswer,
	soundsModerated,
} from '../shared/answers';

// Sources: runpod/docs (public endpoints, serverless operation reference), runpod/ai-sdk-provider, runpod/js-sdk.

interface RunpodHandle extends Handle {
	/** The public endpoint: it is part of every address. */
	endpoint: string;
}

const name = 'Runpod';
const LINK_LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;
/** `/run` takes bodies of 10 MB; an image grows by a third as base64. */
const MAX_IMAGE_BYTES = 7_400_000;

/** The sizes that Runpod's own AI SDK provider accepts, up to the 2048 x 2048 that its notes give for Kontext. */
const sizes: readonly Pixels[] = [
	[512, 512],
	[768, 768],
	[1024, 1024],
	[1280, 1280],
	[1328, 1328],
	[1536, 1536],
	[2048, 2048],
	[512, 768],
	[768, 512],
	[1024, 768],
	[768, 1024],
	[1472, 1140],
	[1140, 1472],
].map(([width = 0, height = 0]) => ({ width, height }));

const submitBody = once(() =>
	z
		.object({
			prompt: z.string().min(1),
			image: z.string().min(1),
			negative_prompt: z.string().optional(),
			size: z
				.string()
				.regex(/^\d+\*\d+$/)
				.optional(),
			num_inference_steps: z.number().int().min(1).max(50).optional(),
			guidance: z.number().min(0).max(10).optional(),
			seed: z.number().int().optional(),
			output_format: z.enum(['png', 'jpeg']).optional(),
			enable_safety_checker: z.boolean().optional(),
		})
		.strict(),
);

const handle = once(() => z.object({ id: jobId(), endpoint: jobId() }));

const jobAnswer = once(() =>
	z.object({
		id: jobId(),
		status: z.string(),
		delayTime: optional.number(),
		executionTime: optional.number(),
		output: z
			// Sibling endpoints answer with `result`.
			.object({ image_url: optional.text(), result: optional.text(), cost: optional.number() })
			.nullish()
			.catch(null),
		error: z.unknown(),
	}),
);

const statuses = {
	pending: ['in_queue', 'in_progress', 'running', 'queued'],
	succeeded: ['completed'],
	failed: ['failed', 'cancelled', 'canceled', 'timed_out'],
};

/** An error text may end in the JSON of the layer below: `Error submitting task: 400, {"code":400,"message":"…"}`. */
function innermostText(error: unknown): string | null {
	const text = errorText(error);
	const inner = text === null ? -1 : text.lastIndexOf('{');
	return (inner >= 0 ? errorText(parseJson(text?.slice(inner) ?? '')) : null) ?? text;
}

function failure(status: string, error: unknown) {
	const text = innermostText(error);
	const code = status.toLowerCase().startsWith('cancel')
		? 'cancelled'
		: text !== null && soundsModerated(text)
			? 'moderated'
			: 'failed';
	return fault(code, `${name} ended the job as ${status}${text === null ? '' : `: ${text}`}`, {
		providerStatus: status,
	});
}

function parseJob(
	response: HttpResponse,
	toHandle: (id: string) => RunpodHandle,
	now: number,
): Result<JobSnapshot<RunpodHandle>> {
	const answer = readAnswer(name, jobAnswer(), response.body);
	if (!answer.ok) return answer;
	const { id, status, output, delayTime, executionTime, error } = answer.value;
	const handle = toHandle(id);
	const state = stateOf(status, statuses);
	if (state === 'pending') return succeed({ state, handle, providerStatus: status });
	if (state === 'failed')
		return succeed({ state, handle, providerStatus: status, fault: failure(status, error) });
	const url = output?.image_url || output?.result;
	if (!url) return fail('badResponse', `${name} says that the job is completed, but names no image`);
	return succeed({
		state,
		handle,
		providerStatus: status,
		images: [{ kind: 'url', url, expiresAt: new Date(now + LINK_LIFETIME_MS).toISOString() }],
		meta: { cost: output.cost ?? null, queueMs: delayTime ?? null, runMs: executionTime ?? null },
	});
}

const dataUri = (image: InputImage): string =>
	image.kind === 'url' ? image.url : `data:${image.mimeType};base64,${image.base64()}`;

export const runpod: Provider<RunpodHandle> = {
	id: 'runpod',
	displayName: name,
	credential: 'fluxKontextRunpodApi',
	defaultBaseUrl: 'https://api.runpod.ai/v2',
	trustedHosts: [],
	models: [
		{
			id: 'black-forest-labs-flux-1-kontext-dev',
			displayName: 'FLUX.1 Kontext [dev]',
			description: 'Open weights, with guidance, steps and a negative prompt',
			price: {
				usdPerImage: 0.025,
				readOn: '2026-11-20',
				source: 'https://docs.runpod.io/public-endpoints/models/flux-kontext-dev',
			},
			operations: {
				edit: {
					inputImages: {
						min: 1,
						max: 1,
						urls: true,
						maxBytes: MAX_IMAGE_BYTES,
						mimeTypes: ['image/png', 'image/jpeg', 'image/webp'],
					},
					size: { kind: 'sizes', sizes },
					options: {
						seed: { field: 'seed' },
						outputFormat: { field: 'output_format', values: { png: 'png', jpeg: 'jpeg' } },
						guidance: { field: 'guidance', min: 0, max: 10, default: 2 },
						steps: { field: 'num_inference_steps', min: 1, max: 50, default: 28 },
						negativePrompt: { field: 'negative_prompt' },
						safetyChecker: { field: 'enable_safety_checker', default: true },
					},
				},
			},
		},
	],
	statuses,
	// Its guide asks every two seconds.
	polling: { firstDelayMs: 2_000, intervalMs: 2_000, shortestMs: 2_000, maxIntervalMs: 5_000 },
	// `/run` allows 200 at a time.
	maxActiveJobs: { perKey: 200 },
	buildSubmit({ model, prompt, images, size, fields, additionalFields }, { baseUrl }) {
		const [image] = images;
		const body = checkBody(name, submitBody(), {
			prompt,
			...(image && { image: dataUri(image) }),
			...(size.kind === 'pixels' && { size: `${size.width}*${size.height}` }),
			...fields,
		});
		if (!body.ok) return body;
		return succeed({
			method: 'POST',
			// Not `/runsync`: its result is kept for one minute only, that of `/run` for thirty.
			url: `${baseUrl}/${encodeURIComponent(model)}/run`,
			json: { input: mergeFields(body.value, additionalFields) },
		});
	},
	parseSubmit: (response, { model: endpoint }, { now }) =>
		parseJob(response, (id) => ({ id, endpoint }), now),
	readHandle: handleReader(handle),
	callback: {
		attach: (request, { url }) => ({ ...request, json: { ...request.json, webhook: url } }),
		idPath: ['id'],
		createHandle: (id, endpoint) => ({ id, endpoint }),
	},
	buildStatus: ({ endpoint, id }, { baseUrl }) => ({
		method: 'GET',
		url: `${baseUrl}/${encodeURIComponent(endpoint)}/status/${encodeURIComponent(id)}`,
	}),
	parseStatus: (response, handle, { now }) => parseJob(response, () => handle, now),
	cancelTellsStatus: true,
	buildCancel: ({ endpoint, id }, { baseUrl }) => ({
		method: 'POST',
		url: `${baseUrl}/${encodeURIComponent(endpoint)}/cancel/${encodeURIComponent(id)}`,
	}),
	notes: {
		sources: [
			'https://docs.runpod.io/public-endpoints/models/flux-kontext-dev',
			'https://docs.runpod.io/serverless/endpoints/operation-reference',
			'https://github.com/runpod/ai-sdk-provider',
		],
		links: '7 days',
		unverified: [
			'that an image may be sent as a data URI (as its AI SDK provider does)',
			'which sizes are accepted beyond those of its AI SDK provider',
			'how a refused image is reported (by the wording here)',
			'the body of a callback (the id of the job under id here)',
			'that an unknown job answers 404 for a good key, on which the test of the credential rests',
		],
	},
	parseError(response) {
		const plain = faultFromHttp(name, response);
		const text = innermostText(response.body);
		return text === null ? plain : { ...plain, message: `${name} answered ${response.status}: ${text}` };
	},
	// A failed job is told with 200 or with 400.
	readsErrorStatus: ({ body }) =>
		isObject(body) && typeof body['id'] === 'string' && typeof body['status'] === 'string',
};
