import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { asInputImage, bytesOfBase64, bytesOfDataUri, type InputImage, isDataUri } from '../inputs';
import { isActive } from '../jobs';
import { type EmulatedProvider, shownState, type World } from '../provider';
import { checked, invalidField, Refusal } from '../refusal';
import type { EmulatedJob, JobState } from '../types';

const maxQueueSize = 64;
const maxBatchCount = 8;
const keptMs = 600_000;
const sides = { min: 64, max: 4096 };
// What the server was started with.
const defaults = { width: 512, height: 512, seed: 42 };

const side = z.number().int().min(sides.min).max(sides.max);
// Null is as good as absent.
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

// The server does not look at fields that it does not know; a client sends none, so they are refused.
const request = z
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
type Wanted = z.infer<typeof request>;
type ById = { Params: { id: string } };

const words: Record<JobState | 'unknown', string> = {
	queued: 'queued',
	running: 'generating',
	succeeded: 'completed',
	failed: 'failed',
	// It has no moderation.
	moderated: 'failed',
	cancelled: 'cancelled',
	unknown: 'daydreaming',
};

function errorBody({ status, message, details }: Refusal): object {
	if (details.issues) return { error: 'invalid generation parameters', message };
	return status >= 500 ? { error: 'server_error', message } : { error: message };
}

export const sdServer: EmulatedProvider = {
	credentialType: 'fluxKontextSdServerApi',
	basePath: '',
	// The server itself asks for nothing: a wrong key is refused by the proxy in front of it.
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
	routes(app, world) {
		const submitRoute = { config: { stage: 'submit', body: 'json' } } as const;
		app.post('/sdcpp/v1/img_gen', submitRoute, async ({ body }, reply) => {
			const wanted = checked(request, body, 400);
			const { id, acceptedAt } = await submit(wanted, body, world);
			const created = seconds(acceptedAt);
			// A path of its own: it knows nothing of the one that it is mounted under.
			const poll_url = `/sdcpp/v1/jobs/${id}`;
			return await reply.code(202).send({ id, kind: 'img_gen', status: 'queued', created, poll_url });
		});

		app.get<ById>('/sdcpp/v1/jobs/:id', { config: { stage: 'status' } }, async (asked) => {
			const job = found(world, asked.params.id);
			return await statusBody(job, shownState(asked, job), world);
		});

		app.post<ById>('/sdcpp/v1/jobs/:id/cancel', { config: { stage: 'cancel' } }, async ({ params }) => {
			const job = found(world, params.id);
			if (job.state === 'running')
				throw new Refusal(409, 'job is currently generating and cannot be interrupted yet');
			world.cancel(job);
			return await statusBody(job, job.state, world);
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
	defaults: defaults,
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

async function submit(wanted: Wanted, body: unknown, world: World): Promise<EmulatedJob> {
	const inputs = await Promise.all((wanted.ref_images ?? []).map(asReference));
	if (world.jobs.filter(isActive).length >= maxQueueSize) throw new Refusal(429, 'job queue is full');
	const { seed = defaults.seed, output_compression: quality } = wanted;
	return world.accept({
		id: `job_${randomBytes(4).toString('hex')}_${randomBytes(4).toString('hex')}`,
		model: 'server-model',
		operation: inputs.length > 0 ? 'edit' : 'generate',
		prompt: wanted.prompt,
		seed: seed === -1 ? null : seed,
		width: wanted.width ?? defaults.width,
		height: wanted.height ?? defaults.height,
		format: wanted.output_format ?? 'png',
		...(quality !== undefined && { quality }),
		inputs: inputs.map(({ bytes }) => bytes),
		body,
	});
}

/** "A raw base64 string, or a data URL." */
async function asReference(text: string): Promise<InputImage> {
	const input = await asInputImage(isDataUri(text) ? bytesOfDataUri(text) : bytesOfBase64(text));
	if (!input) throw invalidField(400, 'ref_images', 'holds what is no image as base64');
	return input;
}

/** Kept for ten minutes; for ten more it is known that there was one. */
function found(world: World, id: string): EmulatedJob {
	const job = world.find(id);
	const ended = job && !isActive(job) ? world.clock.now() - job.endsAt : 0;
	if (!job || ended > 2 * keptMs) throw new Refusal(404, 'job not found');
	if (ended > keptMs) throw new Refusal(410, 'job expired');
	return job;
}

async function statusBody(job: EmulatedJob, state: JobState | 'unknown', world: World): Promise<object> {
	const { id, acceptedAt, startsAt, endsAt } = job;
	const begun = !['queued', 'cancelled'].includes(job.state);
	const over = ['succeeded', 'failed', 'moderated'].includes(job.state);
	return {
		id,
		kind: 'img_gen',
		status: words[state],
		created: seconds(acceptedAt),
		started: begun ? seconds(startsAt) : null,
		completed: over ? seconds(endsAt) : job.state === 'cancelled' ? seconds(world.clock.now()) : null,
		queue_position: state === 'queued' ? 1 : 0,
		result: state === 'succeeded' ? await resultOf(job, world) : null,
		error: errorOf(job, state),
	};
}

async function resultOf(job: EmulatedJob, world: World): Promise<object> {
	const { batch_count = 1 } = job.body as Wanted;
	const one = async (index: number) => ({
		index,
		b64_json: (await world.picture(job, index)).toString('base64'),
	});
	const images = await Promise.all(
		Array.from({ length: batch_count }, async (_, index) => await one(index)),
	);
	return { output_format: job.format, images };
}

function errorOf({ failure }: EmulatedJob, state: JobState | 'unknown'): object | null {
	if (state === 'cancelled') return { code: 'cancelled', message: 'job cancelled by client' };
	if (state !== 'failed' && state !== 'moderated') return null;
	return { code: 'generation_failed', message: failure ?? 'generate_image returned empty results' };
}
