import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { asInputImage, type InputImage } from '../inputs';
import type { FormFile } from '../multipart';
import { type EmulatedProvider, shownState, type World } from '../provider';
import { checked, invalidField, Refusal } from '../refusal';
import { openAiError } from '../shapes';
import { aboutOneMegapixel, eachSide, parseSize, type Size } from '../sizes';
import type { EmulatedJob, JobState } from '../types';

const kontext = 'black-forest-labs/flux-kontext-dev';
const week = 604_800;
const maxImageBytes = 4 * 1024 * 1024;
const bodyLimit = 100_000_000;

// The sizes Kontext takes are NOT FOUND; the bounds are those of Kontext elsewhere (INFERRED).
const isSize = (text: string): boolean => eachSide(parseSize(text, 'x'), 256, 2048);
// The range is NOT FOUND; this one is the upstream's, SiliconFlow (INFERRED).
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
		// Of the endpoint in general. Its quality, background, output_format and mask are not among
		// Kontext's "Supported Parameters" (INFERRED unsupported), so they are refused.
		n: z.literal('1').optional(),
		user: z.string().optional(),
	})
	.strict();

type ById = { Params: { id: string } };

const words: Record<JobState | 'unknown', string> = {
	queued: 'queued',
	running: 'in_progress',
	succeeded: 'succeeded',
	failed: 'failed',
	// What a refusal by moderation looks like is NOT FOUND; INFERRED to be a failure with a code.
	moderated: 'failed',
	cancelled: 'cancelled',
	unknown: 'daydreaming',
};

export const theRouter: EmulatedProvider = {
	credentialType: 'fluxKontextTheRouterApi',
	basePath: '',
	auth: { header: 'authorization', scheme: 'Bearer ', status: 401, message: 'Invalid API key' },
	newApiKey: () => `sk-${randomBytes(24).toString('hex')}`,
	links: { style: 's3', lifeMs: week * 1000 },
	invalidStatus: 400,
	// The shape of an error is NOT FOUND; INFERRED from OpenAI's.
	errorBody: openAiError,
	routes(app, world) {
		const generationRoute = { bodyLimit, config: { stage: 'submit', body: 'json' } } as const;
		app.post('/v1/images/generations', generationRoute, async ({ body, query }, reply) => {
			requireAsync(query);
			const wanted = checked(generation, body, 400);
			requireKontext(wanted.model);
			const size = parseSize(wanted.size ?? '', 'x') ?? aboutOneMegapixel(1);
			const job = accept(world, wanted, size, [], body);
			return await reply.code(202).send(submitted(job, world));
		});

		const editRoute = { bodyLimit, config: { stage: 'submit', body: 'multipart' } } as const;
		app.post('/v1/images/edits', editRoute, async ({ form, query, record }, reply) => {
			requireAsync(query);
			const wanted = checked(edit, form?.fields, 400);
			requireKontext(wanted.model);
			const image = await onlyImage(form?.files ?? []);
			// What `auto` and no size give is NOT FOUND; INFERRED to be the shape of the input.
			const size = parseSize(wanted.size ?? '', 'x') ?? shapeOf(image);
			const job = accept(world, wanted, size, [image.bytes], record.body);
			return await reply.code(202).send(submitted(job, world));
		});

		app.get<ById>('/v1/jobs/:id', { config: { stage: 'status' } }, (request) => {
			const job = found(world, request.params.id);
			return statusBody(job, shownState(request, job), world);
		});

		const contentRoute = { config: { stage: 'result' } } as const;
		app.get<ById>('/v1/jobs/:id/content', contentRoute, ({ params }, reply) => {
			const job = found(world, params.id);
			// What an unfinished job answers here is NOT FOUND.
			if (job.state !== 'succeeded') throw new Refusal(404, 'The job has no content');
			return reply.redirect(world.linkTo(job), 302);
		});

		const test = { config: { stage: 'credentialTest' } } as const;
		app.get('/v1/models', test, () => ({ data: [modelEntry] }));
		app.get('/v1/customer/api-keys', test, () => ({ api_keys: [keyEntry], total: 1 }));
	},
};

const shapeOf = ({ width, height }: Size): Size => aboutOneMegapixel(width / height);

const keyEntry = { id: 'key_1', name: 'emulator' };

const modelEntry = {
	id: kontext,
	name: 'FLUX.1 Kontext Dev',
	context_length: null,
	architecture: { input_modalities: ['text', 'image'], output_modalities: ['image'] },
	pricing: { image: '0.018' },
	supported_parameters: ['prompt', 'size', 'image', 'seed'],
};

function requireAsync(query: unknown): void {
	if ((query as Record<string, unknown>).async !== 'true')
		throw new Refusal(400, 'The synchronous form is not emulated: add ?async=true');
}

function requireKontext(model: string): void {
	const code = 'model_not_found';
	if (model !== kontext) throw new Refusal(404, `The model ${model} does not exist`, { code });
}

/** Several images, and the name `image[]`, are NOT FOUND for this provider: refused. */
async function onlyImage(files: readonly FormFile[]): Promise<InputImage> {
	const stranger = files.find(({ field }) => field !== 'image');
	if (stranger) throw invalidField(400, stranger.field, 'is not a known file');
	const [file] = files;
	if (!file || files.length > 1) throw invalidField(400, 'image', 'must be exactly one file');
	if (file.bytes.length > maxImageBytes) throw invalidField(400, 'image', 'is larger than 4 MB');
	const image = await asInputImage(file.bytes);
	if (!image || !['png', 'jpeg', 'webp'].includes(image.format))
		throw invalidField(400, 'image', 'must be a PNG, JPEG or WebP image');
	if (file.mimeType !== image.mimeType)
		throw invalidField(400, 'image', `is ${image.mimeType}, not ${file.mimeType}`);
	return image;
}

const accept = (
	world: World,
	wanted: { prompt: string; seed?: number | undefined },
	size: Size,
	inputs: readonly Buffer[],
	body: unknown,
): EmulatedJob =>
	world.accept({
		id: `img_${randomBytes(6).toString('base64url')}`,
		model: kontext,
		operation: inputs.length > 0 ? 'edit' : 'generate',
		prompt: wanted.prompt,
		seed: wanted.seed ?? null,
		...size,
		format: 'png',
		inputs,
		body,
	});

function found(world: World, id: string): EmulatedJob {
	const job = world.find(id);
	if (!job) throw new Refusal(404, `The job ${id} does not exist`, { code: 'job_not_found' });
	return job;
}

const createdAt = ({ acceptedAt }: EmulatedJob): number => Math.floor(acceptedAt / 1000);

const submitted = (job: EmulatedJob, world: World) => ({
	id: job.id,
	object: 'image_job',
	status: 'queued',
	model: job.model,
	created_at: createdAt(job),
	polling_url: `${world.baseUrl}/v1/jobs/${job.id}`,
	expires_at: createdAt(job) + week,
});

const type = 'image_generation_error';
const moderationError = { message: 'The request was flagged', type, code: 'content_policy_violation' };

function statusBody(job: EmulatedJob, state: JobState | 'unknown', world: World): unknown {
	const { id, model, number, failure } = job;
	const expires_at = createdAt(job) + week;
	if (world.clock.now() / 1000 > expires_at) return { id, status: 'expired', model, expires_at };
	const status = words[state];
	// The error of a failed job is NOT FOUND; its shape is INFERRED from OpenAI's.
	const failed = { id, status, model };
	if (state === 'moderated') return { ...failed, error: moderationError };
	if (state === 'failed')
		return { ...failed, error: { message: failure, type, code: 'generation_failed' } };
	if (state !== 'succeeded') return { id, status, model, created_at: createdAt(job), expires_at };
	const url = world.linkTo(job);
	// Both forms are documented, on different pages: a client has to read both.
	return number % 2 === 1
		? { id, status, model, unsigned_urls: [url] }
		: { id, status, result: { data: [{ url }] }, expires_at };
}
