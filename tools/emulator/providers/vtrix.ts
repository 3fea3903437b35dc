import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { asInputImage, bytesOfBase64, fetchBytes, type InputImage, isHttpUrl } from '../inputs';
import { type EmulatedProvider, shownState, type World } from '../provider';
import { checked, invalidField, Refusal } from '../refusal';
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

// The wrapped form of the official tool; whether a flat body is taken is NOT FOUND: refused.
const request = z
	.object({ model: z.string(), input: z.array(z.object({ params: z.unknown() }).strict()).length(1) })
	.strict();

type ById = { Params: { id: string } };

const words: Record<JobState | 'unknown', string> = {
	queued: 'pending',
	running: 'in_progress',
	succeeded: 'completed',
	failed: 'failed',
	// A code of moderation is NOT FOUND; INFERRED to be a failure.
	moderated: 'failed',
	cancelled: 'failed',
	unknown: 'daydreaming',
};

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
	// How long a link lives is NOT FOUND.
	links: { style: 's3', lifeMs: 86_400_000 },
	invalidStatus: 400,
	// "Reads `message`, then `error`": both are seen.
	errorBody: ({ status, message }) => (status === 404 ? { error: message } : { message }),
	routes(app, world) {
		app.post('/v1/generation', { config: { stage: 'submit', body: 'json' } }, async ({ body }) => {
			const { model, input } = checked(request, body, 400);
			if (!Object.hasOwn(models, model)) throw new Refusal(404, `Model ${model} does not exist`);
			const params = checked(models[model as Model].params, input[0]?.params, 400);
			return taskBody(await accept(model, params, body, world), 'in_progress', world);
		});

		app.get<ById>('/v1/generation/task/:id', { config: { stage: 'status' } }, (asked) => {
			const job = world.find(asked.params.id);
			if (!job) throw new Refusal(404, 'task not found');
			return taskBody(job, words[shownState(asked, job)], world);
		});
	},
};

async function accept(model: string, params: Params, body: unknown, world: World): Promise<EmulatedJob> {
	const images = await inputImages(params);
	const [first] = images;
	const ratio = parseRatio(params.aspect_ratio ?? '') ?? (first ? first.width / first.height : 1);
	return world.accept({
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

/** URLs or base64; whether a `data:` prefix is taken is NOT FOUND: refused. */
async function inputImages(params: Params): Promise<InputImage[]> {
	const found: InputImage[] = [];
	for (const key of imageKeys) {
		const text = params[key];
		if (text === undefined) continue;
		const image = await asInputImage(isHttpUrl(text) ? await fetchBytes(text) : bytesOfBase64(text));
		if (!image) throw invalidField(400, key, 'is neither an image as base64 nor the URL of one');
		found.push(image);
	}
	return found;
}

const usageOf = ({ model }: EmulatedJob): object => ({ cost: models[model as Model].usd, discount: 1 });

function taskBody(job: EmulatedJob, status: string, world: World): object {
	const { id, model, acceptedAt, startsAt, endsAt } = job;
	const task = { id, status, model, created_at: Math.floor(acceptedAt / 1000) };
	switch (status) {
		case 'completed':
			return {
				...task,
				output: [{ content: [{ type: 'image', url: world.linkTo(job) }] }],
				usage: usageOf(job),
				metadata: {},
			};
		case 'failed':
			return { ...task, error: errorOf(job) };
		case 'in_progress':
			return {
				...task,
				progress: Math.min(0.99, Math.max(0, (world.clock.now() - startsAt) / (endsAt - startsAt))),
			};
		default:
			return task;
	}
}

/** A text, or an object whose text has either name and whose code is a number or a text: all of them are documented. */
function errorOf({ state, failure, number }: EmulatedJob): unknown {
	if (state === 'moderated')
		return { code: 400, error_message: 'The request was flagged by the content policy' };
	return number % 2 === 0 ? failure : { code: '002014001', message: failure };
}
