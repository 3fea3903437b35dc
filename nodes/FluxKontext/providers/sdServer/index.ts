import { z } from 'zod';

import { fault, fail, succeed, type Result } from '../../core/base/faults';
import type { HttpResponse } from '../../core/http/ports';
import { errorText, faultFromHttp } from '../../core/http/errors';
import { mergeFields } from '../../core/request/options';
import { stateOf } from '../../core/job/statuses';
import { mayCarryKey } from '../../core/http/trust';
import type {
	Handle,
	InputImage,
	InputImageSpec,
	JobSnapshot,
	Operation,
	OperationSpec,
	Provider,
} from '../../core/provider';
import { checkBody, handleReader, jobId, once, optional, readAnswer } from '../shared/answers';

// Source: leejet/stable-diffusion.cpp, examples/server (api.md, routes_sdcpp.cpp, async_jobs.cpp) and docs/kontext.md.

interface SdServerHandle extends Handle {
	/** A path on the server. */
	pollUrl: string | null;
}

const name = 'Stable-Diffusion.cpp Server';

const submitBody = once(() =>
	z
		.object({
			prompt: z.string().min(1),
			negative_prompt: z.string().optional(),
			ref_images: z.array(z.string().min(1)).optional(),
			width: z.number().int().min(64).max(4096).optional(),
			height: z.number().int().min(64).max(4096).optional(),
			seed: z.number().int().min(-1),
			batch_count: z.number().int().min(1).max(8).optional(),
			sample_params: z
				.object({
					sample_steps: z.number().int().min(1).optional(),
					guidance: z
						.object({ distilled_guidance: z.number().min(0) })
						.strict()
						.optional(),
				})
				.strict()
				.optional(),
			output_format: z.enum(['png', 'jpeg', 'webp']).optional(),
			output_compression: z.number().int().min(0).max(100).optional(),
		})
		.strict(),
);

const handle = once(() => z.object({ id: jobId(), pollUrl: z.string().nullable() }));

const submitAnswer = once(() =>
	z.object({ id: jobId(), status: optional.text(), poll_url: optional.text() }),
);

const jobAnswer = once(() =>
	z.object({
		status: z.string(),
		// Seconds since the epoch.
		created: optional.number(),
		started: optional.number(),
		completed: optional.number(),
		queue_position: optional.number(),
		result: z
			.object({ images: z.array(z.object({ index: optional.number(), b64_json: optional.text() })) })
			.nullish()
			.catch(null),
		error: z.unknown(),
	}),
);

const statuses = {
	pending: ['queued', 'generating'],
	succeeded: ['completed'],
	failed: ['failed', 'cancelled', 'canceled'],
};

const noImages: InputImageSpec = { min: 0, max: 0, urls: false, maxBytes: 0, mimeTypes: [] };
/** The server knows no number: ten are our own bound. */
const images: InputImageSpec = {
	min: 1,
	max: 10,
	urls: false,
	maxBytes: 20_000_000,
	mimeTypes: ['image/png', 'image/jpeg', 'image/webp'],
};

const able = (operation: Operation): OperationSpec => ({
	inputImages: operation === 'edit' ? images : noImages,
	// `limits` of its capabilities. Told nothing, it makes its own default size also of an input image.
	size: { kind: 'pixels', multipleOf: 16, min: 64, max: 4096, maxPixels: 4096 * 4096 },
	options: {
		seed: { field: 'seed' },
		numberOfImages: { field: 'batch_count', min: 1, max: 8 },
		outputFormat: { field: 'output_format', values: { png: 'png', jpeg: 'jpeg', webp: 'webp' } },
		outputQuality: { field: 'output_compression', min: 0, max: 100 },
		guidance: { field: 'sample_params.guidance.distilled_guidance', default: 2.5 },
		steps: { field: 'sample_params.sample_steps', default: 28 },
		negativePrompt: { field: 'negative_prompt' },
	},
});

function failure(status: string, error: unknown) {
	const text = errorText(error);
	const code = status.toLowerCase().startsWith('cancel') ? 'cancelled' : 'failed';
	return fault(code, `${name} ended the job as ${status}${text === null ? '' : `: ${text}`}`, {
		providerStatus: status,
	});
}

const between = (from: number | null | undefined, to: number | null | undefined): number | null =>
	from != null && to != null && to >= from ? (to - from) * 1000 : null;

function parseStatus(response: HttpResponse, handle: SdServerHandle): Result<JobSnapshot<SdServerHandle>> {
	const answer = readAnswer(name, jobAnswer(), response.body);
	if (!answer.ok) return answer;
	const { status, created, started, completed, queue_position: ahead, result, error } = answer.value;
	const state = stateOf(status, statuses);
	if (state === 'pending')
		return succeed({ state, handle, providerStatus: status, ...(ahead != null && { ahead }) });
	if (state === 'failed')
		return succeed({ state, handle, providerStatus: status, fault: failure(status, error) });
	const found = [...(result?.images ?? [])]
		.sort((a, b) => (a.index ?? 0) - (b.index ?? 0))
		.flatMap(({ b64_json: data }) => (data ? [{ kind: 'base64' as const, data }] : []));
	if (found.length === 0)
		return fail('badResponse', `${name} says that the job is completed, but brings no image`);
	const meta = { queueMs: between(created, started), runMs: between(started, completed) };
	return succeed({ state, handle, providerStatus: status, images: found, meta });
}

/** The server writes its own path, and knows nothing of one that a proxy puts before it. */
function statusUrl({ id, pollUrl }: SdServerHandle, baseUrl: string): string {
	const own = `${baseUrl}/sdcpp/v1/jobs/${encodeURIComponent(id)}`;
	if (!pollUrl) return own;
	try {
		const { href } = new URL(pollUrl.startsWith('/') ? `.${pollUrl}` : pollUrl, `${baseUrl}/`);
		return mayCarryKey(href, baseUrl, []) ? href : own;
	} catch {
		return own;
	}
}

/** Bare base64; a model that edits takes its input as a reference, not as the image to begin with. */
const references = (inputs: readonly InputImage[]): string[] =>
	inputs.flatMap((image) => (image.kind === 'bytes' ? [image.base64()] : []));

export const sdServer: Provider<SdServerHandle> = {
	id: 'sdServer',
	displayName: name,
	credential: 'fluxKontextSdServerApi',
	defaultBaseUrl: 'http://127.0.0.1:1234',
	trustedHosts: [],
	models: [
		{
			id: 'server-model',
			displayName: 'The Model of the Server',
			description: 'Whatever the server has loaded; a request cannot choose another',
			operations: { generate: able('generate'), edit: able('edit') },
			price: { usdPerImage: 0, readOn: '2026-11-20', source: 'your own machine: nobody charges' },
		},
	],
	statuses,
	polling: { firstDelayMs: 500, intervalMs: 500, shortestMs: 300, maxIntervalMs: 5_000 },
	// `max_queue_size`: more are refused as "job queue is full".
	maxActiveJobs: { perKey: 64 },
	buildSubmit({ prompt, images: inputs, size, fields, additionalFields }, { baseUrl }) {
		const body = checkBody(name, submitBody(), {
			prompt,
			...(inputs.length > 0 && { ref_images: references(inputs) }),
			...(size.kind === 'pixels' && { width: size.width, height: size.height }),
			// "-1 random": without it the server takes the one seed that it was started with for every image.
			seed: -1,
			...fields,
		});
		if (!body.ok) return body;
		return succeed({
			method: 'POST',
			url: `${baseUrl}/sdcpp/v1/img_gen`,
			json: mergeFields(body.value, additionalFields),
		});
	},
	parseSubmit(response) {
		const answer = readAnswer(name, submitAnswer(), response.body);
		if (!answer.ok) return answer;
		const { id, status, poll_url: pollUrl } = answer.value;
		return succeed({
			state: 'pending',
			handle: { id, pollUrl: pollUrl ?? null },
			providerStatus: status ?? 'queued',
		});
	},
	readHandle: handleReader(handle),
	buildStatus: (handle, { baseUrl }) => ({ method: 'GET', url: statusUrl(handle, baseUrl) }),
	parseStatus,
	cancelTellsStatus: true,
	// A queued job only: one that is being made answers 409.
	buildCancel: ({ id }, { baseUrl }) => ({
		method: 'POST',
		url: `${baseUrl}/sdcpp/v1/jobs/${encodeURIComponent(id)}/cancel`,
	}),
	parseError: (response) => faultFromHttp(name, response),
	notes: {
		sources: [
			'https://github.com/leejet/stable-diffusion.cpp (examples/server/api.md, examples/server/routes_sdcpp.cpp)',
			'https://github.com/leejet/stable-diffusion.cpp (docs/kontext.md)',
		],
		links: 'none: the image is in the answer, which the server keeps for 10 minutes',
		unverified: [
			'that Kontext takes ref_images through the server (its documentation shows the command line)',
			'that Kontext wants a text guidance of 1.0: start the server with --cfg-scale 1.0, or give sample_params.guidance.txt_cfg as an additional field',
			'that a server built without WebP takes or makes none',
			'which size is made of a prompt where none is asked for (that of the command line, or 512x512)',
			'that a job can only be cancelled while it is queued',
		],
	},
};
