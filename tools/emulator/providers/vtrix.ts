import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { ApiError, fieldError, validate } from '../apiError';
import { decodeBase64, decodeInputImage, fetchBytes, type InputImage, isHttpUrl } from '../inputs';
import { type EmulatedProvider, type ProviderContext, reportedState } from '../provider';
import { aboutOneMegapixel, parseRatio } from '../sizes';
import type { EmulatedJob, JobState } from '../types';

const ratioBounds = { min: 9 / 21, max: 21 / 9 };
const isRatio = (text: string): boolean => {
	const ratio = parseRatio(text);
	return ratio !== undefined && ratio >= ratioBounds.min && ratio <= ratioBounds.max;
};
const imageKeys = ['input_image', 'input_image_2', 'input_image_3', 'input_image_4'] as const;

const common = z
	.object({
		prompt: z.string().min(1),
		input_image: z.string().optional(),
		input_image_2: z.string().optional(),
		input_image_3: z.string().optional(),
		input_image_4: z.string().optional(),
		seed: z.number().int().nullish(),
		aspect_ratio: z.string().refine(isRatio, 'must be between 21:9 and 9:21').optional(),
		output_format: z.enum(['jpeg', 'png']).optional(),
		prompt_upsampling: z.boolean().optional(),
	})
	.strict();

const models = {
	flux_kontext_pro: {
		usd: '0.04',
		params: common.extend({ safety_tolerance: z.number().int().min(1).max(6).optional() }).strict(),
	},
	flux_kontext_max: {
		usd: '0.08',
		params: common
			.extend({
				safety_tolerance: z.number().int().min(0).max(6).optional(),
				steps: z.number().int().min(1).max(50).optional(),
				guidance_scale: z.number().min(1).max(10).optional(),
				negative_prompt: z.string().optional(),
			})
			.strict(),
	},
};
type Model = keyof typeof models;
type Params = z.infer<typeof common>;

// The wrapped form of the official tool; whether a flat body is accepted is NOT FOUND: refused.
const requestSchema = z
	.object({ model: z.string(), input: z.array(z.object({ params: z.unknown() }).strict()).length(1) })
	.strict();

type ById = { Params: { id: string } };

const statusNames: Record<JobState | 'unknown', string> = {
	queued: 'pending',
	running: 'in_progress',
	succeeded: 'completed',
	failed: 'failed',
	// The status of a moderated task is NOT FOUND; INFERRED to be a failure.
	moderated: 'failed',
	cancelled: 'failed',
	unknown: 'daydreaming',
};

/** The API of Vtrix. */
export const vtrix: EmulatedProvider = {
	credentialType: 'fluxKontextVtrixApi',
	basePath: '/model',
	auth: {
		header: 'authorization',
		scheme: 'Bearer ',
		status: 401,
		message: 'API key is missing or invalid',
	},
	newApiKey: () => `vx-${randomBytes(20).toString('hex')}`,
	// The lifetime of a link is NOT FOUND.
	links: { style: 's3', lifeMs: 86_400_000 },
	invalidStatus: 400,
	// "Reads `message`, then `error`": both occur.
	errorBody: ({ status, message }) => (status === 404 ? { error: message } : { message }),
	routes(app, context) {
		app.post('/v1/generation', { config: { stage: 'submit', body: 'json' } }, async ({ body }) => {
			const { model, input } = validate(requestSchema, body, 400);
			if (!Object.hasOwn(models, model)) throw new ApiError(404, `Model ${model} does not exist`);
			const params = validate(models[model as Model].params, input[0]?.params, 400);
			return taskBody(await accept(model, params, body, context), 'in_progress', context);
		});

		app.get<ById>('/v1/generation/task/:id', { config: { stage: 'status' } }, (request) => {
			const job = context.find(request.params.id);
			if (!job) throw new ApiError(404, 'task not found');
			return taskBody(job, statusNames[reportedState(request, job)], context);
		});
	},
};

async function accept(
	model: string,
	params: Params,
	body: unknown,
	context: ProviderContext,
): Promise<EmulatedJob> {
	const images = await inputImages(params);
	const [first] = images;
	const ratio = parseRatio(params.aspect_ratio ?? '') ?? (first ? first.width / first.height : 1);
	return context.accept({
		id: randomBytes(15).toString('base64url').toLowerCase().replaceAll(/[-_]/g, 'x'),
		model,
		operation: first ? 'edit' : 'generate',
		prompt: params.prompt,
		seed: params.seed ?? null,
		...aboutOneMegapixel(Math.min(ratioBounds.max, Math.max(ratioBounds.min, ratio))),
		format: params.output_format ?? 'jpeg',
		inputs: images.map(({ bytes }) => bytes),
		body,
	});
}

/** Reads URLs and bare base64; whether a `data:` prefix is accepted is NOT FOUND: refused. */
async function inputImages(params: Params): Promise<InputImage[]> {
	const images: InputImage[] = [];
	for (const key of imageKeys) {
		const text = params[key];
		if (text === undefined) continue;
		const image = await decodeInputImage(isHttpUrl(text) ? await fetchBytes(text) : decodeBase64(text));
		if (!image) throw fieldError(400, key, 'is neither an image as base64 nor the URL of one');
		images.push(image);
	}
	return images;
}

const usageOf = ({ model }: EmulatedJob): object => ({ cost: models[model as Model].usd, discount: 1 });

function taskBody(job: EmulatedJob, status: string, context: ProviderContext): object {
	const { id, model, acceptedAt, startsAt, endsAt } = job;
	const task = { id, status, model, created_at: Math.floor(acceptedAt / 1000) };
	switch (status) {
		case 'completed':
			return {
				...task,
				output: [{ content: [{ type: 'image', url: context.linkTo(job) }] }],
				usage: usageOf(job),
				metadata: {},
			};
		case 'failed':
			return { ...task, error: errorOf(job) };
		case 'in_progress':
			return {
				...task,
				progress: Math.min(0.99, Math.max(0, (context.clock.now() - startsAt) / (endsAt - startsAt))),
			};
		default:
			return task;
	}
}

/**
 * Returns the error of a failed task: a text, or an object whose text has one of two names and whose code is
 * a number or a text. All these forms are documented.
 */
function errorOf({ state, failure, number }: EmulatedJob): unknown {
	if (state === 'moderated')
		return { code: 400, error_message: 'The request was flagged by the content policy' };
	return number % 2 === 0 ? failure : { code: '002014001', message: failure };
}
