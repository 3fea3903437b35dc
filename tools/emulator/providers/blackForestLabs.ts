import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ApiError, fieldError, validate } from '../apiError';
import { fastApiErrorBody } from '../errorBodies';
import { decodeBase64, decodeInputImage, fetchBytes, type InputImage, isHttpUrl } from '../inputs';
import { isActive } from '../jobs';
import { isLoopback } from '../net';
import { type EmulatedProvider, type ProviderContext, reportedState } from '../provider';
import { aboutOneMegapixel, clamp, megapixels, parseRatio, type Size } from '../sizes';
import type { EmulatedJob, JobState } from '../types';
import { bflSignature } from '../webhooks/signatures';
import type { Webhook } from '../webhooks/webhook';

// Rate limit of the API: active tasks of all models together. Some models have a lower limit of their own.
const maxActiveJobs = 24;
const ratioBounds = { min: 9 / 21, max: 21 / 9 };
const maxMegapixels = 20;
const initialCredits = 100_000;

const isRatio = (text: string): boolean => {
	const ratio = parseRatio(text);
	return ratio !== undefined && ratio >= ratioBounds.min && ratio <= ratioBounds.max;
};
const imageKeys = [
	'input_image',
	'input_image_2',
	'input_image_3',
	'input_image_4',
	'input_image_5',
	'input_image_6',
	'input_image_7',
	'input_image_8',
] as const;
const image = z.string().nullish();

const common = z
	.object({
		prompt: z.string(),
		input_image: image,
		input_image_2: image,
		input_image_3: image,
		input_image_4: image,
		seed: z.number().int().nullish(),
		output_format: z.enum(['jpeg', 'png', 'webp']).nullish(),
		// HTTPS only, says the skill (D, unverified); plain HTTP to this machine is allowed for tests.
		webhook_url: z
			.string()
			.min(1)
			.max(2083)
			.refine((url) => isLoopback(url) || /^https:/.test(url), 'must be an https URL')
			.nullish(),
		webhook_secret: z.string().nullish(),
	})
	.strict();

const kontext = common
	.extend({
		aspect_ratio: z.string().refine(isRatio, 'must be W:H between 21:9 and 9:21').nullish(),
		prompt_upsampling: z.boolean().optional(),
		// The older guide and three resellers say at most 2 with an input image, the OpenAPI file
		// does not; how the API treats more is NOT FOUND, so the range of the file applies.
		safety_tolerance: z.number().int().min(0).max(6).optional(),
	})
	.strict();

// The minimum is in the OpenAPI file, the multiple and "up to 4MP" are in guides.
const side = z.number().int().min(64).multipleOf(16).nullish();
const maxOutputPixels = 2048 * 2048;

const flux2Pro = common
	.extend({
		input_image_5: image,
		input_image_6: image,
		input_image_7: image,
		input_image_8: image,
		width: side,
		height: side,
		safety_tolerance: z.number().int().min(0).max(5).optional(),
	})
	.strict();

const flux2Flex = flux2Pro
	.extend({
		prompt_upsampling: z.boolean().optional(),
		guidance: z.number().min(1.5).max(10).nullish(),
		steps: z.number().int().min(1).max(50).nullish(),
	})
	.strict();

// An edit and a second megapixel cost the credits of the first (INFERRED for all but pro).
const models = {
	'flux-kontext-pro': { credits: { generate: 4, edit: 4 }, activeJobs: 24, inputs: kontext, format: 'png' },
	'flux-kontext-max': { credits: { generate: 8, edit: 8 }, activeJobs: 6, inputs: kontext, format: 'png' },
	'flux-2-pro': { credits: { generate: 3, edit: 4.5 }, activeJobs: 24, inputs: flux2Pro, format: 'jpeg' },
	'flux-2-max': { credits: { generate: 7, edit: 7 }, activeJobs: 24, inputs: flux2Pro, format: 'jpeg' },
	'flux-2-flex': { credits: { generate: 5, edit: 5 }, activeJobs: 24, inputs: flux2Flex, format: 'jpeg' },
} as const;
type Model = keyof typeof models;

type Payload = z.infer<typeof common> & Partial<z.infer<typeof kontext> & z.infer<typeof flux2Flex>>;

// A job is moderated before its processing or after it. The emulator reports the first for a prompt alone and
// the second for an edit, so that a client sees both statuses.
const statusNames: Record<Exclude<JobState, 'moderated'> | 'unknown', string> = {
	queued: 'Pending',
	running: 'Pending',
	succeeded: 'Ready',
	failed: 'Error',
	cancelled: 'Error',
	unknown: 'Dreaming',
};
const statusName = (state: JobState | 'unknown', { operation }: EmulatedJob): string => {
	if (state !== 'moderated') return statusNames[state];
	return operation === 'generate' ? 'Request Moderated' : 'Content Moderated';
};

/** The API of Black Forest Labs, which calls a job a task. */
export const blackForestLabs: EmulatedProvider = {
	credentialType: 'fluxKontextBlackForestLabsApi',
	basePath: '',
	auth: { header: 'x-key', scheme: '', status: 403, message: 'Not authenticated' },
	newApiKey: () => randomUUID(),
	links: { style: 'azure', lifeMs: 600_000 },
	invalidStatus: 422,
	errorBody: fastApiErrorBody,
	routes(app, context) {
		for (const model of Object.keys(models) as Model[])
			app.post(`/v1/${model}`, { config: { stage: 'submit', body: 'json' } }, async ({ body }) =>
				submit(model, validate(models[model].inputs, body, 422), body, context),
			);

		// The OpenAPI file requires no key here (D), its examples send one: the emulator requires it.
		app.get('/v1/get_result', { config: { stage: 'status' } }, (request) => {
			const { id } = validate(z.object({ id: z.string() }), request.query, 422, 'query');
			const job = context.find(id);
			if (!job) return { ...pending, id, status: 'Task not found' };
			const state = reportedState(request, job);
			return { ...pending, id, status: statusName(state, job), ...outcome(state, job, context) };
		});

		app.get('/v1/credits', { config: { stage: 'credentialTest' } }, () => ({
			credits: context.jobs.reduce((credits, job) => credits - creditsOf(job), initialCredits),
		}));
	},
};

async function submit(
	model: Model,
	payload: Payload,
	body: unknown,
	context: ProviderContext,
): Promise<unknown> {
	const images = await inputImages(payload);
	const [first] = images;
	requireFreeSlot(model, context);
	const { webhook_url, webhook_secret } = payload;
	const job = context.accept(
		{
			id: randomUUID(),
			model,
			operation: first ? 'edit' : 'generate',
			prompt: payload.prompt,
			seed: payload.seed ?? null,
			...sizeOf(payload, first),
			format: payload.output_format ?? models[model].format,
			inputs: images.map(({ bytes }) => bytes),
			body,
		},
		webhook_url ? webhookTo(webhook_url, webhook_secret, context) : undefined,
	);
	const { id } = job;
	const input_mp = first ? roundToCents(images.reduce((sum, size) => sum + megapixels(size), 0)) : null;
	const cost = { cost: creditsOf(job), input_mp, output_mp: roundToCents(megapixels(job)) };
	return webhook_url
		? { id, status: 'Pending', webhook_url, ...cost }
		: { id, polling_url: `${context.baseUrl}/v1/get_result?id=${id}`, ...cost };
}

/**
 * Returns the output size. The model chooses an absent side; that it keeps the shape of its input is
 * INFERRED.
 */
function sizeOf({ aspect_ratio, width, height }: Payload, first: Size | undefined): Size {
	const inputRatio = first ? first.width / first.height : 1;
	const ratio = parseRatio(aspect_ratio ?? '') ?? inputRatio;
	const automatic = aboutOneMegapixel(clamp(ratio, ratioBounds.min, ratioBounds.max));
	const size = { width: width ?? automatic.width, height: height ?? automatic.height };
	if (size.width * size.height > maxOutputPixels) throw fieldError(422, 'width', 'is above 4 megapixels');
	return size;
}

/** Reads URLs and bare base64 (D3). The response to anything else is NOT FOUND; a 422 is INFERRED. */
async function inputImages(payload: Payload): Promise<InputImage[]> {
	const images: InputImage[] = [];
	for (const key of imageKeys) {
		const text = payload[key];
		if (text === null || text === undefined) continue;
		const bytes = isHttpUrl(text) ? await fetchBytes(text) : decodeBase64(text);
		const input = await decodeInputImage(bytes);
		if (!input) throw fieldError(422, key, 'is neither an image as base64 nor the URL of one');
		if (megapixels(input) > maxMegapixels) throw fieldError(422, key, 'is above 20 megapixels');
		images.push(input);
	}
	return images;
}

/** Throws an ApiError 429 if too many tasks are active. */
function requireFreeSlot(model: Model, { jobs }: ProviderContext): void {
	const active = jobs.filter(isActive);
	const ofModel = active.filter((job) => job.model === model);
	// The text is INFERRED; a Retry-After header is NOT FOUND in the docs.
	if (active.length >= maxActiveJobs || ofModel.length >= models[model].activeJobs)
		throw new ApiError(429, 'You must wait until one of your previous tasks has finished');
}

const creditsOf = ({ model, operation }: EmulatedJob): number => models[model as Model].credits[operation];
const roundToCents = (value: number): number => Math.round(value * 100) / 100;

const pending = { result: null, progress: null, details: null, preview: null };

/**
 * Returns what a status adds for an ended job. The text of an error's details is NOT FOUND, the keys are
 * INFERRED.
 */
function outcome(state: JobState | 'unknown', job: EmulatedJob, context: ProviderContext): object {
	const [start_time, end_time] = [job.startsAt / 1000, job.endsAt / 1000];
	const { prompt, seed, failure } = job;
	switch (state) {
		case 'succeeded': {
			const times = { start_time, end_time, duration: (job.endsAt - job.startsAt) / 1000 };
			return { result: { sample: context.linkTo(job), prompt, seed, ...times } };
		}
		case 'moderated':
			return { details: { 'Moderation Reasons': ['Derivative Works Filter'] } };
		case 'failed':
			return { details: { error: failure } };
		default:
			return {};
	}
}

/**
 * Describes the webhook as the skill files of Black Forest Labs do (D, unverified); nothing else describes
 * it.
 */
const webhookTo = (url: string, secret: string | null | undefined, context: ProviderContext): Webhook => ({
	url,
	timeoutMs: 30_000,
	messages: [{ at: 'end', body: (job) => webhookBody(job, context), retryAfterMs: [1_000, 5_000, 30_000] }],
	...(secret && { sign: bflSignature(secret) }),
});

function webhookBody(job: EmulatedJob, context: ProviderContext): object {
	const { id, prompt, seed, state, failure } = job;
	const timestamp = new Date(context.clock.now()).toISOString();
	if (state === 'succeeded')
		return { id, status: 'Ready', result: { sample: context.linkTo(job), prompt, seed }, timestamp };
	// Only the failure of a moderated job is documented, under another name than its status; other errors are
	// INFERRED.
	const [error, message] =
		state === 'moderated'
			? ['content_policy_violation', 'The prompt violated content policy']
			: ['generation_failed', failure];
	return { id, status: 'Error', error, message, timestamp };
}
