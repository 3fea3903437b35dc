import { z } from 'zod';

import { fault, fail, succeed, type Result } from '../../core/base/faults';
import type { HttpResponse } from '../../core/http/ports';
import { errorText, faultFromHttp } from '../../core/http/errors';
import { mergeFields } from '../../core/request/options';
import type { Pixels } from '../../core/request/sizes';
import { stateOf } from '../../core/job/statuses';
import type { Handle, ImageRef, InputImageSpec, JobSnapshot, Provider } from '../../core/provider';
import {
	checkBody,
	handleReader,
	jobId,
	once,
	optional,
	readAnswer,
	soundsModerated,
} from '../shared/answers';
import { formOf } from '../shared/openAiImages';

// Sources: therouter-docs.pages.dev (image generation guide, async media, images/edits), the model's page.

const name = 'TheRouter';
const JOB_LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;

/** Each image the model takes costs one price, whatever its size. */
const price = {
	usdPerImage: 0.018,
	readOn: '2026-11-20',
	source: 'https://therouter.ai/models/black-forest-labs/flux-kontext-dev',
};

/** The sizes that the documentation of images/edits names. */
const editSizes: readonly Pixels[] = [
	{ width: 1024, height: 1024 },
	{ width: 1024, height: 1536 },
	{ width: 1536, height: 1024 },
];

const noImages: InputImageSpec = { min: 0, max: 0, urls: false, maxBytes: 0, mimeTypes: [] };
/** "PNG, JPEG or WebP, recommended at most 4 MB"; uploaded as a file. */
const oneImage: InputImageSpec = {
	min: 1,
	max: 1,
	urls: false,
	maxBytes: 4 * 1024 * 1024,
	mimeTypes: ['image/png', 'image/jpeg', 'image/webp'],
};

const submitBody = once(() =>
	z
		.object({
			model: z.string().min(1),
			prompt: z.string().min(1),
			size: z
				.string()
				.regex(/^\d+x\d+$/)
				.optional(),
			seed: z.number().int().optional(),
		})
		.strict(),
);

const handle = once(() => z.object({ id: jobId() }));

const jobAnswer = once(() =>
	z.object({
		id: jobId(),
		status: optional.text(),
		// A number of seconds on one page, an ISO date on another.
		expires_at: z.union([z.number(), z.string()]).nullish().catch(null),
		unsigned_urls: z.array(z.string()).nullish().catch(null),
		result: z
			.object({ data: z.array(z.object({ url: optional.text(), b64_json: optional.text() })) })
			.nullish()
			.catch(null),
		error: z.unknown(),
	}),
);

const statuses = {
	pending: ['queued', 'in_progress'],
	succeeded: ['succeeded'],
	failed: ['failed', 'cancelled', 'canceled', 'expired'],
};

function expiry(expiresAt: number | string | null | undefined, now: number): string {
	const date = new Date(typeof expiresAt === 'number' ? expiresAt * 1000 : (expiresAt ?? Number.NaN));
	return (Number.isNaN(date.getTime()) ? new Date(now + JOB_LIFETIME_MS) : date).toISOString();
}

/** Both documented shapes; a base64 image is inferred from the synchronous form. */
function imagesOf(answer: z.infer<ReturnType<typeof jobAnswer>>, now: number): ImageRef[] {
	const expiresAt = expiry(answer.expires_at, now);
	if (answer.unsigned_urls?.length)
		return answer.unsigned_urls.map((url) => ({ kind: 'url', url, expiresAt }));
	return (answer.result?.data ?? []).flatMap<ImageRef>(({ url, b64_json: data }) =>
		url ? [{ kind: 'url', url, expiresAt }] : data ? [{ kind: 'base64', data }] : [],
	);
}

function failure(status: string, error: unknown) {
	const text = errorText(error);
	const message = `${name} ended the job as ${status}${text === null ? '' : `: ${text}`}`;
	const code = status.startsWith('cancel')
		? 'cancelled'
		: status === 'expired'
			? 'expired'
			: text !== null && soundsModerated(text)
				? 'moderated'
				: 'failed';
	return fault(code, message, { providerStatus: status });
}

function parseJob(response: HttpResponse, known: Handle | null, now: number): Result<JobSnapshot> {
	const answer = readAnswer(name, jobAnswer(), response.body);
	if (!answer.ok) return answer;
	const status = answer.value.status ?? 'queued';
	const handle = known ?? { id: answer.value.id };
	const state = stateOf(status, statuses);
	if (state === 'pending') return succeed({ state, handle, providerStatus: status });
	if (state === 'failed') {
		return succeed({
			state,
			handle,
			providerStatus: status,
			fault: failure(status.toLowerCase(), answer.value.error),
		});
	}
	const images = imagesOf(answer.value, now);
	if (images.length === 0)
		return fail('badResponse', `${name} says that the job succeeded, but names no image`);
	return succeed({ state, handle, providerStatus: status, images, meta: {} });
}

export const theRouter: Provider = {
	id: 'theRouter',
	displayName: name,
	credential: 'fluxKontextTheRouterApi',
	defaultBaseUrl: 'https://api.therouter.ai',
	trustedHosts: [],
	models: [
		{
			id: 'black-forest-labs/flux-kontext-dev',
			displayName: 'FLUX.1 Kontext [dev]',
			description: 'Open weights, the lowest price',
			price,
			operations: {
				generate: {
					inputImages: noImages,
					// No list is published for this model; these are the limits of Kontext itself.
					size: { kind: 'pixels', multipleOf: 16, min: 256, max: 2048, maxPixels: 2048 * 2048 },
					options: { seed: { field: 'seed' } },
				},
				edit: {
					inputImages: oneImage,
					size: { kind: 'sizes', sizes: editSizes, matchesInput: true },
					options: { seed: { field: 'seed' } },
				},
			},
		},
	],
	statuses,
	// "Poll every 5 to 10 seconds."
	polling: { firstDelayMs: 5_000, intervalMs: 5_000, shortestMs: 5_000, maxIntervalMs: 5_000 },
	buildSubmit({ operation, model, prompt, images, size, fields, additionalFields }, { baseUrl }) {
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
				? { method: 'POST', url: `${baseUrl}/v1/images/generations?async=true`, json: all }
				: {
						method: 'POST',
						url: `${baseUrl}/v1/images/edits?async=true`,
						form: formOf(all, images, 'image'),
					},
		);
	},
	parseSubmit: (response, _request, { now }) => parseJob(response, null, now),
	readHandle: handleReader(handle),
	buildStatus: ({ id }, { baseUrl }) => ({
		method: 'GET',
		url: `${baseUrl}/v1/jobs/${encodeURIComponent(id)}`,
	}),
	parseStatus: (response, handle, { now }) => parseJob(response, handle, now),
	notes: {
		sources: [
			'https://therouter-docs.pages.dev/guides/multimodal/image-generation/',
			'https://therouter-docs.pages.dev/docs/guides/features/async-media/',
			'https://therouter-docs.pages.dev/docs/api/api-reference/images/edits/',
		],
		links: '7 days',
		unverified: [
			'which sizes this model takes, and what it does without one',
			'the shape of errors and how a refused image is reported (by the wording here)',
			'whether a job can be cancelled (no path was found)',
			'that GET /v1/customer/api-keys, the test of the credential, refuses a bad key',
		],
	},
	parseError: (response) => faultFromHttp(name, response),
};
