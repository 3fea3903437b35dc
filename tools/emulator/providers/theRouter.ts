import type { FastifyInstance } from 'fastify';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { ApiError, fieldError, validate } from '../apiError';
import { openAiErrorBody } from '../errorBodies';
import { decodeInputImage, type InputImage } from '../inputs';
import type { FormFile } from '../multipart';
import { type EmulatedProvider, type ProviderContext, reportedState } from '../provider';
import { aboutOneMegapixel, parseSize, sidesWithin, type Size } from '../sizes';
import type { EmulatedJob, JobState } from '../types';

const modelId = 'black-forest-labs/flux-kontext-dev';
const weekSeconds = 604_800;
const maxImageBytes = 4 * 1024 * 1024;
const bodyLimitBytes = 100_000_000;

// The sizes that Kontext accepts here are NOT FOUND; the bounds are those of other providers (INFERRED).
const isSize = (text: string): boolean => sidesWithin(parseSize(text, 'x'), 256, 2048);
// The range is NOT FOUND; this one is that of the upstream, SiliconFlow (INFERRED).
const seed = z.number().int().min(0).max(9_999_999_999);

const generation = z
	.object({
		model: z.string(),
		prompt: z.string().min(1),
		size: z.string().refine(isSize, 'must be WxH, each side from 256 to 2048').optional(),
		seed: seed.optional(),
	})
	.strict();

const edit = z
	.object({
		model: z.string(),
		prompt: z.string().min(1),
		size: z.enum(['1024x1024', '1024x1536', '1536x1024', 'auto']).optional(),
		seed: z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(seed).optional(),
		// Parameters of the endpoint in general. Its quality, background, output_format and mask are not
		// among Kontext's "Supported Parameters" (INFERRED unsupported), so they are refused.
		n: z.literal('1').optional(),
		user: z.string().optional(),
	})
	.strict();

type ById = { Params: { id: string } };

const statusNames: Record<JobState | 'unknown', string> = {
	queued: 'queued',
	running: 'in_progress',
	succeeded: 'succeeded',
	failed: 'failed',
	// The status of a moderated job is NOT FOUND; INFERRED to be a failure with a code.
	moderated: 'failed',
	cancelled: 'cancelled',
	unknown: 'daydreaming',
};

/** The API of TheRouter, a gateway with OpenAI's image API and jobs. */
export const theRouter: EmulatedProvider = {
	credentialType: 'fluxKontextTheRouterApi',
	basePath: '',
	auth: { header: 'authorization', scheme: 'Bearer ', status: 401, message: 'Invalid API key' },
	newApiKey: () => `sk-${randomBytes(24).toString('hex')}`,
	links: { style: 's3', lifeMs: weekSeconds * 1000 },
	invalidStatus: 400,
	// The body of an error is NOT FOUND; INFERRED to be OpenAI's.
	errorBody: openAiErrorBody,
	routes(app, context) {
		const generationRoute = {
			bodyLimit: bodyLimitBytes,
			config: { stage: 'submit', body: 'json' },
		} as const;
		app.post('/v1/images/generations', generationRoute, async ({ body, query }, reply) => {
			requireAsync(query);
			const payload = validate(generation, body, 400);
			requireKontext(payload.model);
			const size = parseSize(payload.size ?? '', 'x') ?? aboutOneMegapixel(1);
			const job = accept(context, payload, size, [], body);
			return await reply.code(202).send(submitBody(job, context));
		});

		const editRoute = {
			bodyLimit: bodyLimitBytes,
			config: { stage: 'submit', body: 'multipart' },
		} as const;
		app.post('/v1/images/edits', editRoute, async ({ form, query, record }, reply) => {
			requireAsync(query);
			const payload = validate(edit, form?.fields, 400);
			requireKontext(payload.model);
			const image = await onlyImage(form?.files ?? []);
			// The output size for `auto` and for no size is NOT FOUND; INFERRED to have the shape of the
			// input.
			const size = parseSize(payload.size ?? '', 'x') ?? sizeLike(image);
			const job = accept(context, payload, size, [image.bytes], record.body);
			return await reply.code(202).send(submitBody(job, context));
		});

		addJobRoutes(app, context);

		const test = { config: { stage: 'credentialTest' } } as const;
		app.get('/v1/models', test, () => ({ data: [modelEntry] }));
		app.get('/v1/customer/api-keys', test, () => ({ api_keys: [keyEntry], total: 1 }));
	},
};

function addJobRoutes(app: FastifyInstance, context: ProviderContext): void {
	app.get<ById>('/v1/jobs/:id', { config: { stage: 'status' } }, (request) => {
		const job = requireJob(context, request.params.id);
		return statusBody(job, reportedState(request, job), context);
	});

	const contentRoute = { config: { stage: 'result' } } as const;
	app.get<ById>('/v1/jobs/:id/content', contentRoute, ({ params }, reply) => {
		const job = requireJob(context, params.id);
		// The response for an unfinished job is NOT FOUND.
		if (job.state !== 'succeeded') throw new ApiError(404, 'The job has no content');
		return reply.redirect(context.linkTo(job), 302);
	});
}

const sizeLike = ({ width, height }: Size): Size => aboutOneMegapixel(width / height);

const keyEntry = { id: 'key_1', name: 'emulator' };

const modelEntry = {
	id: modelId,
	name: 'FLUX.1 Kontext Dev',
	context_length: null,
	architecture: { input_modalities: ['text', 'image'], output_modalities: ['image'] },
	pricing: { image: '0.018' },
	supported_parameters: ['prompt', 'size', 'image', 'seed'],
};

function requireAsync(query: unknown): void {
	if ((query as Record<string, unknown>).async !== 'true')
		throw new ApiError(400, 'The synchronous form is not emulated: add ?async=true');
}

function requireKontext(model: string): void {
	const code = 'model_not_found';
	if (model !== modelId) throw new ApiError(404, `The model ${model} does not exist`, { code });
}

/**
 * Reads the one input image. Several images, or the name `image[]`, are NOT FOUND for this provider: refused.
 */
async function onlyImage(files: readonly FormFile[]): Promise<InputImage> {
	const unknownFile = files.find(({ field }) => field !== 'image');
	if (unknownFile) throw fieldError(400, unknownFile.field, 'is not a known file');
	const [file] = files;
	if (!file || files.length > 1) throw fieldError(400, 'image', 'must be exactly one file');
	if (file.bytes.length > maxImageBytes) throw fieldError(400, 'image', 'is larger than 4 MB');
	const image = await decodeInputImage(file.bytes);
	if (!image || !['png', 'jpeg', 'webp'].includes(image.format))
		throw fieldError(400, 'image', 'must be a PNG, JPEG or WebP image');
	if (file.mimeType !== image.mimeType)
		throw fieldError(400, 'image', `is ${image.mimeType}, not ${file.mimeType}`);
	return image;
}

const accept = (
	context: ProviderContext,
	payload: { prompt: string; seed?: number | undefined },
	size: Size,
	inputs: readonly Buffer[],
	body: unknown,
): EmulatedJob =>
	context.accept({
		id: `img_${randomBytes(6).toString('base64url')}`,
		model: modelId,
		operation: inputs.length > 0 ? 'edit' : 'generate',
		prompt: payload.prompt,
		seed: payload.seed ?? null,
		...size,
		format: 'png',
		inputs,
		body,
	});

function requireJob(context: ProviderContext, id: string): EmulatedJob {
	const job = context.find(id);
	if (!job) throw new ApiError(404, `The job ${id} does not exist`, { code: 'job_not_found' });
	return job;
}

const createdAt = ({ acceptedAt }: EmulatedJob): number => Math.floor(acceptedAt / 1000);

const submitBody = (job: EmulatedJob, context: ProviderContext) => ({
	id: job.id,
	object: 'image_job',
	status: 'queued',
	model: job.model,
	created_at: createdAt(job),
	polling_url: `${context.baseUrl}/v1/jobs/${job.id}`,
	expires_at: createdAt(job) + weekSeconds,
});

const errorType = 'image_generation_error';
const moderationError = {
	message: 'The request was flagged',
	type: errorType,
	code: 'content_policy_violation',
};

function statusBody(job: EmulatedJob, state: JobState | 'unknown', context: ProviderContext): unknown {
	const { id, model, number, failure } = job;
	const expires_at = createdAt(job) + weekSeconds;
	if (context.clock.now() / 1000 > expires_at) return { id, status: 'expired', model, expires_at };
	const status = statusNames[state];
	// The error of a failed job is NOT FOUND; INFERRED to have OpenAI's shape.
	const failed = { id, status, model };
	if (state === 'moderated') return { ...failed, error: moderationError };
	if (state === 'failed')
		return { ...failed, error: { message: failure, type: errorType, code: 'generation_failed' } };
	if (state !== 'succeeded') return { id, status, model, created_at: createdAt(job), expires_at };
	const url = context.linkTo(job);
	// Two forms are documented, on different pages: a client has to read both.
	return number % 2 === 1
		? { id, status, model, unsigned_urls: [url] }
		: { id, status, result: { data: [{ url }] }, expires_at };
}
