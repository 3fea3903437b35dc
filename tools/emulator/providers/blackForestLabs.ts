import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Callback } from '../callbacks/callback';
import { bflSignature } from '../callbacks/signatures';
import { asInputImage, bytesOfBase64, fetchBytes, type InputImage, isHttpUrl } from '../inputs';
import { isActive } from '../jobs';
import { isLoopback } from '../net';
import { type EmulatedProvider, shownState, type World } from '../provider';
import { checked, invalidField, Refusal } from '../refusal';
import { fastApiError } from '../shapes';
import { aboutOneMegapixel, clamp, megapixels, parseRatio, type Size } from '../sizes';
import type { EmulatedJob, JobState } from '../types';

const activeJobs = 24;
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
		// HTTPS only, says the skill (D, unverified); plain HTTP is let through to this machine.
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
		// does not; what the API does with more is NOT FOUND, so the range of the file holds.
		safety_tolerance: z.number().int().min(0).max(6).optional(),
	})
	.strict();

// The file has the minimum, guides have the multiple and "up to 4MP".
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

// The credits of an edit and of a second megapixel are left at those of the first (INFERRED for all but pro).
const models = {
	'flux-kontext-pro': { credits: { generate: 4, edit: 4 }, activeJobs: 24, inputs: kontext, format: 'png' },
	'flux-kontext-max': { credits: { generate: 8, edit: 8 }, activeJobs: 6, inputs: kontext, format: 'png' },
	'flux-2-pro': { credits: { generate: 3, edit: 4.5 }, activeJobs: 24, inputs: flux2Pro, format: 'jpeg' },
	'flux-2-max': { credits: { generate: 7, edit: 7 }, activeJobs: 24, inputs: flux2Pro, format: 'jpeg' },
	'flux-2-flex': { credits: { generate: 5, edit: 5 }, activeJobs: 24, inputs: flux2Flex, format: 'jpeg' },
} as const;
type Model = keyof typeof models;

type Inputs = z.infer<typeof common> & Partial<z.infer<typeof kontext> & z.infer<typeof flux2Flex>>;

// Moderated before its processing or after it: the first for a prompt alone, the second for an edit,
// so that a client meets both words.
const words: Record<Exclude<JobState, 'moderated'> | 'unknown', string> = {
	queued: 'Pending',
	running: 'Pending',
	succeeded: 'Ready',
	failed: 'Error',
	cancelled: 'Error',
	unknown: 'Dreaming',
};
const wordOf = (state: JobState | 'unknown', { operation }: EmulatedJob): string => {
	if (state !== 'moderated') return words[state];
	return operation === 'generate' ? 'Request Moderated' : 'Content Moderated';
};

export const blackForestLabs: EmulatedProvider = {
	credentialType: 'fluxKontextBlackForestLabsApi',
	basePath: '',
	auth: { header: 'x-key', scheme: '', status: 403, message: 'Not authenticated' },
	newApiKey: () => randomUUID(),
	links: { style: 'azure', lifeMs: 600_000 },
	invalidStatus: 422,
	errorBody: fastApiError,
	routes(app, world) {
		for (const model of Object.keys(models) as Model[])
			app.post(`/v1/${model}`, { config: { stage: 'submit', body: 'json' } }, async ({ body }) =>
				submit(model, checked(models[model].inputs, body, 422), body, world),
			);

		// The OpenAPI file asks for no key here (D), its examples send one: the emulator wants it.
		app.get('/v1/get_result', { config: { stage: 'status' } }, (request) => {
			const { id } = checked(z.object({ id: z.string() }), request.query, 422, 'query');
			const job = world.find(id);
			if (!job) return { ...pending, id, status: 'Task not found' };
			const state = shownState(request, job);
			return { ...pending, id, status: wordOf(state, job), ...outcome(state, job, world) };
		});

		app.get('/v1/credits', { config: { stage: 'credentialTest' } }, () => ({
			credits: world.jobs.reduce((left, job) => left - creditsOf(job), initialCredits),
		}));
	},
};

async function submit(model: Model, wanted: Inputs, body: unknown, world: World): Promise<unknown> {
	const images = await inputImages(wanted);
	const [first] = images;
	refuseTooMany(model, world);
	const { webhook_url, webhook_secret } = wanted;
	const job = world.accept(
		{
			id: randomUUID(),
			model,
			operation: first ? 'edit' : 'generate',
			prompt: wanted.prompt,
			seed: wanted.seed ?? null,
			...sizeOf(wanted, first),
			format: wanted.output_format ?? models[model].format,
			inputs: images.map(({ bytes }) => bytes),
			body,
		},
		webhook_url ? callback(webhook_url, webhook_secret, world) : undefined,
	);
	const { id } = job;
	const input_mp = first ? rounded(images.reduce((sum, each) => sum + megapixels(each), 0)) : null;
	const cost = { cost: creditsOf(job), input_mp, output_mp: rounded(megapixels(job)) };
	return webhook_url
		? { id, status: 'Pending', webhook_url, ...cost }
		: { id, polling_url: `${world.baseUrl}/v1/get_result?id=${id}`, ...cost };
}

/** A side that is left out is chosen by the model; that it keeps the shape of its input is INFERRED. */
function sizeOf({ aspect_ratio, width, height }: Inputs, first: Size | undefined): Size {
	const inputRatio = first ? first.width / first.height : 1;
	const ratio = parseRatio(aspect_ratio ?? '') ?? inputRatio;
	const automatic = aboutOneMegapixel(clamp(ratio, ratioBounds.min, ratioBounds.max));
	const size = { width: width ?? automatic.width, height: height ?? automatic.height };
	if (size.width * size.height > maxOutputPixels) throw invalidField(422, 'width', 'is above 4 megapixels');
	return size;
}

/** URLs or bare base64 (D3). What the API says to anything else is NOT FOUND; a 422 is INFERRED. */
async function inputImages(wanted: Inputs): Promise<InputImage[]> {
	const found: InputImage[] = [];
	for (const key of imageKeys) {
		const text = wanted[key];
		if (text === null || text === undefined) continue;
		const bytes = isHttpUrl(text) ? await fetchBytes(text) : bytesOfBase64(text);
		const input = await asInputImage(bytes);
		if (!input) throw invalidField(422, key, 'is neither an image as base64 nor the URL of one');
		if (megapixels(input) > maxMegapixels) throw invalidField(422, key, 'is above 20 megapixels');
		found.push(input);
	}
	return found;
}

function refuseTooMany(model: Model, { jobs }: World): void {
	const active = jobs.filter(isActive);
	const ofModel = active.filter((job) => job.model === model);
	// The text is INFERRED; a Retry-After header is NOT FOUND in the docs.
	if (active.length >= activeJobs || ofModel.length >= models[model].activeJobs)
		throw new Refusal(429, 'You must wait until one of your previous tasks has finished');
}

const creditsOf = ({ model, operation }: EmulatedJob): number => models[model as Model].credits[operation];
const rounded = (value: number): number => Math.round(value * 100) / 100;

const pending = { result: null, progress: null, details: null, preview: null };

/** What an ended job adds. The text of an Error's details is NOT FOUND, their keys are INFERRED. */
function outcome(state: JobState | 'unknown', job: EmulatedJob, world: World): object {
	const [start_time, end_time] = [job.startsAt / 1000, job.endsAt / 1000];
	const { prompt, seed, failure } = job;
	switch (state) {
		case 'succeeded': {
			const times = { start_time, end_time, duration: (job.endsAt - job.startsAt) / 1000 };
			return { result: { sample: world.linkTo(job), prompt, seed, ...times } };
		}
		case 'moderated':
			return { details: { 'Moderation Reasons': ['Derivative Works Filter'] } };
		case 'failed':
			return { details: { error: failure } };
		default:
			return {};
	}
}

/** As the skill files of Black Forest Labs have it (D, unverified); nothing else describes it. */
const callback = (url: string, secret: string | null | undefined, world: World): Callback => ({
	url,
	timeoutMs: 30_000,
	messages: [{ at: 'end', body: (job) => endOf(job, world), retryAfterMs: [1_000, 5_000, 30_000] }],
	...(secret && { sign: bflSignature(secret) }),
});

function endOf(job: EmulatedJob, world: World): object {
	const { id, prompt, seed, state, failure } = job;
	const timestamp = new Date(world.clock.now()).toISOString();
	if (state === 'succeeded')
		return { id, status: 'Ready', result: { sample: world.linkTo(job), prompt, seed }, timestamp };
	// The one failure that is shown is that of a moderated job, with another word than its status; other errors are INFERRED.
	const [error, message] =
		state === 'moderated'
			? ['content_policy_violation', 'The prompt violated content policy']
			: ['generation_failed', failure];
	return { id, status: 'Error', error, message, timestamp };
}
