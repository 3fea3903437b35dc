import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { ApiError, fieldError, validate } from '../apiError';
import { decodeBase64, decodeDataUri, decodeInputImage, type InputImage, isDataUri } from '../inputs';
import { isActive } from '../jobs';
import { type EmulatedProvider, type ProviderContext, reportedState } from '../provider';
import type { EmulatedJob, JobState } from '../types';

const maxQueueSize = 64;
const maxBatchCount = 8;
const keptMs = 600_000;
const sides = { min: 64, max: 4096 };
// The defaults that the server was started with.
const defaults = { width: 512, height: 512, seed: 42 };

const side = z.number().int().min(sides.min).max(sides.max);
// Null means absent.
const image = z.string().min(1).nullish();
const guidance = z
	.object({
		txt_cfg: z.number(),
		img_cfg: z.number(),
		distilled_guidance: z.number(),
		slg: z.object({}).passthrough(),
	})
	.partial()
	.strict();
const sampling = z
	.object({
		scheduler: z.string(),
		sample_method: z.string(),
		sample_steps: z.number().int().min(1),
		eta: z.number(),
		shifted_timestep: z.number().int(),
		custom_sigmas: z.array(z.number()),
		flow_shift: z.number(),
		guidance,
	})
	.partial()
	.strict();

// The real server ignores unknown fields; clients send none, so they are refused.
const requestSchema = z
	.object({
		prompt: z.string().min(1),
		negative_prompt: z.string().optional(),
		clip_skip: z.number().int().optional(),
		width: side.optional(),
		height: side.optional(),
		strength: z.number().min(0).max(1).optional(),
		seed: z.number().int().min(-1).optional(),
		batch_count: z.number().int().min(1).max(maxBatchCount).optional(),
		auto_resize_ref_image: z.boolean().optional(),
		increase_ref_index: z.boolean().optional(),
		embed_image_metadata: z.boolean().optional(),
		init_image: image,
		mask_image: image,
		control_image: image,
		ip_adapter_image: image,
		ref_images: z.array(z.string().min(1)).optional(),
		sample_params: sampling.optional(),
		output_format: z.enum(['png', 'jpeg', 'webp']).optional(),
		output_compression: z.number().int().min(0).max(100).optional(),
	})
	.strict();
type Payload = z.infer<typeof requestSchema>;
type ById = { Params: { id: string } };

const statusNames: Record<JobState | 'unknown', string> = {
	queued: 'queued',
	running: 'generating',
	succeeded: 'completed',
	failed: 'failed',
	// The server has no moderation.
	moderated: 'failed',
	cancelled: 'cancelled',
	unknown: 'daydreaming',
};

function errorBody({ status, message, details }: ApiError): object {
	if (details.issues) return { error: 'invalid generation parameters', message };
	return status >= 500 ? { error: 'server_error', message } : { error: message };
}

/** The API of stable-diffusion.cpp's server, behind a proxy that checks a key if one is sent. */
export const sdServer: EmulatedProvider = {
	credentialType: 'fluxKontextSdServerApi',
	basePath: '',
	// The server itself needs no key: a wrong one is refused by the proxy in front of it.
	auth: {
		header: 'authorization',
		scheme: 'Bearer ',
		status: 401,
		message: 'Unauthorized',
		optional: true,
	},
	newApiKey: () => `proxy-${randomBytes(16).toString('hex')}`,
	links: { style: 's3', lifeMs: keptMs },
	invalidStatus: 400,
	errorBody,
	routes(app, context) {
		const submitRoute = { config: { stage: 'submit', body: 'json' } } as const;
		app.post('/sdcpp/v1/img_gen', submitRoute, async ({ body }, reply) => {
			const payload = validate(requestSchema, body, 400);
			const { id, acceptedAt } = await submit(payload, body, context);
			const created = seconds(acceptedAt);
			// Without a prefix: the server does not know the path under which a proxy mounts it.
			const poll_url = `/sdcpp/v1/jobs/${id}`;
			return await reply.code(202).send({ id, kind: 'img_gen', status: 'queued', created, poll_url });
		});

		app.get<ById>('/sdcpp/v1/jobs/:id', { config: { stage: 'status' } }, async (request) => {
			const job = requireJob(context, request.params.id);
			return await statusBody(job, reportedState(request, job), context);
		});

		app.post<ById>('/sdcpp/v1/jobs/:id/cancel', { config: { stage: 'cancel' } }, async ({ params }) => {
			const job = requireJob(context, params.id);
			if (job.state === 'running')
				throw new ApiError(409, 'job is currently generating and cannot be interrupted yet');
			context.cancel(job);
			return await statusBody(job, job.state, context);
		});

		app.get('/sdcpp/v1/capabilities', { config: { stage: 'credentialTest' } }, () => capabilities);
	},
};

const capabilities = {
	model: {
		name: 'flux1-kontext-dev-q8_0.gguf',
		stem: 'flux1-kontext-dev-q8_0',
		path: '/models/flux1-kontext-dev-q8_0.gguf',
	},
	current_mode: 'img_gen',
	supported_modes: ['img_gen'],
	defaults,
	limits: {
		min_width: sides.min,
		max_width: sides.max,
		min_height: sides.min,
		max_height: sides.max,
		max_batch_count: maxBatchCount,
		max_queue_size: maxQueueSize,
	},
	output_formats: ['png', 'jpeg', 'webp'],
	features: { ref_images: true, cancel_queued: true, cancel_generating: false },
	samplers: ['euler', 'euler_a'],
	schedulers: ['discrete'],
};

const seconds = (ms: number): number => Math.floor(ms / 1000);

async function submit(payload: Payload, body: unknown, context: ProviderContext): Promise<EmulatedJob> {
	const inputs = await Promise.all((payload.ref_images ?? []).map(decodeReference));
	if (context.jobs.filter(isActive).length >= maxQueueSize) throw new ApiError(429, 'job queue is full');
	const { seed = defaults.seed, output_compression: quality } = payload;
	return context.accept({
		id: `job_${randomBytes(4).toString('hex')}_${randomBytes(4).toString('hex')}`,
		model: 'server-model',
		operation: inputs.length > 0 ? 'edit' : 'generate',
		prompt: payload.prompt,
		seed: seed === -1 ? null : seed,
		width: payload.width ?? defaults.width,
		height: payload.height ?? defaults.height,
		format: payload.output_format ?? 'png',
		...(quality !== undefined && { quality }),
		inputs: inputs.map(({ bytes }) => bytes),
		body,
	});
}

/** Decodes a reference image: "A raw base64 string, or a data URL." */
async function decodeReference(text: string): Promise<InputImage> {
	const input = await decodeInputImage(isDataUri(text) ? decodeDataUri(text) : decodeBase64(text));
	if (!input) throw fieldError(400, 'ref_images', 'holds what is no image as base64');
	return input;
}

/** Finds a job. Ended jobs are kept for ten minutes, and reported as expired for ten more. */
function requireJob(context: ProviderContext, id: string): EmulatedJob {
	const job = context.find(id);
	const endedMs = job && !isActive(job) ? context.clock.now() - job.endsAt : 0;
	if (!job || endedMs > 2 * keptMs) throw new ApiError(404, 'job not found');
	if (endedMs > keptMs) throw new ApiError(410, 'job expired');
	return job;
}

async function statusBody(
	job: EmulatedJob,
	state: JobState | 'unknown',
	context: ProviderContext,
): Promise<object> {
	const { id, acceptedAt, startsAt, endsAt } = job;
	const isStarted = !['queued', 'cancelled'].includes(job.state);
	const isCompleted = ['succeeded', 'failed', 'moderated'].includes(job.state);
	return {
		id,
		kind: 'img_gen',
		status: statusNames[state],
		created: seconds(acceptedAt),
		started: isStarted ? seconds(startsAt) : null,
		completed: isCompleted
			? seconds(endsAt)
			: job.state === 'cancelled'
				? seconds(context.clock.now())
				: null,
		queue_position: state === 'queued' ? 1 : 0,
		result: state === 'succeeded' ? await resultOf(job, context) : null,
		error: errorOf(job, state),
	};
}

async function resultOf(job: EmulatedJob, context: ProviderContext): Promise<object> {
	const { batch_count = 1 } = job.body as Payload;
	const imageAt = async (index: number) => ({
		index,
		b64_json: (await context.picture(job, index)).toString('base64'),
	});
	const images = await Promise.all(
		Array.from({ length: batch_count }, async (_, index) => await imageAt(index)),
	);
	return { output_format: job.format, images };
}

function errorOf({ failure }: EmulatedJob, state: JobState | 'unknown'): object | null {
	if (state === 'cancelled') return { code: 'cancelled', message: 'job cancelled by client' };
	if (state !== 'failed' && state !== 'moderated') return null;
	return { code: 'generation_failed', message: failure ?? 'generate_image returned empty results' };
}
