import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { asInputImage, fetchBytes, type InputImage, isHttpUrl } from '../inputs';
import { type EmulatedProvider, shownState, type World } from '../provider';
import { checked, invalidField, Refusal } from '../refusal';
import { aboutOneMegapixel, parseRatio, type Size } from '../sizes';
import type { EmulatedJob, ImageFormat, JobState } from '../types';

// Documented for AI Generate: both submit paths, the answer to a submit, the header, the rate limit. The rest is
// kie.ai's, with whose paths it calls itself compatible (INFERRED).

const kontextCredits: Record<string, number> = { 'flux-kontext-pro': 5, 'flux-kontext-max': 10 };
// Slugs are "any slug of the catalogue"; what is charged for those without a row here is INFERRED.
const taskCredits = 5;
const maxImageBytes = 10_000_000;

const kontextRatios = ['21:9', '16:9', '4:3', '1:1', '3:4', '9:16'] as const;
const imageUrl = z.string().refine(isHttpUrl, 'must be the URL of an image');

const kontext = z
	.object({
		prompt: z.string().min(1),
		model: z.enum(['flux-kontext-pro', 'flux-kontext-max']).optional(),
		inputImage: imageUrl.optional(),
		aspectRatio: z.enum(kontextRatios).optional(),
		outputFormat: z.enum(['jpeg', 'png']).optional(),
		enableTranslation: z.boolean().optional(),
		promptUpsampling: z.boolean().optional(),
		safetyTolerance: z.number().int().min(0).max(6).optional(),
		watermark: z.string().optional(),
		uploadCn: z.boolean().optional(),
		callBackUrl: z.string().url().optional(),
	})
	.strict()
	.superRefine(({ inputImage, safetyTolerance = 2 }, context) => {
		if (inputImage !== undefined && safetyTolerance > 2)
			context.addIssue({ code: 'custom', path: ['safetyTolerance'], message: 'must be 0 to 2 with an input image' });
	});

const task = z
	.object({
		model: z.string().regex(/^[a-z0-9-]+$/, 'is not a slug'),
		callBackUrl: z.string().url().optional(),
		input: z
			.object({
				prompt: z.string().min(1),
				input_urls: z.array(imageUrl).min(1).max(8).optional(),
				aspect_ratio: z.enum([...kontextRatios, '3:2', '2:3', 'auto']).optional(),
				resolution: z.enum(['1K', '2K']).optional(),
			})
			.strict(),
	})
	.strict();

interface Wanted {
	model: string;
	prompt: string;
	ratio: string | undefined;
	format: ImageFormat;
	urls: readonly string[];
}

type ByTask = { Querystring: { taskId?: string } };

const flags: Record<JobState | 'unknown', number> = {
	queued: 0,
	running: 0,
	succeeded: 1,
	failed: 3,
	// What a refusal looks like is NOT FOUND; a third party shows it as a failure with the code 400.
	moderated: 3,
	cancelled: 3,
	unknown: 7,
};
const words: Record<JobState | 'unknown', string> = {
	queued: 'queuing',
	running: 'generating',
	succeeded: 'success',
	failed: 'fail',
	moderated: 'fail',
	cancelled: 'fail',
	unknown: 'daydreaming',
};
const policy = 'The image we created may violate our content policies.';

export const aiGenerate: EmulatedProvider = {
	credentialType: 'fluxKontextAiGenerateApi',
	basePath: '',
	auth: { header: 'authorization', scheme: 'Bearer ', status: 401, message: 'You do not have access permissions' },
	newApiKey: () => `sk-aig-${randomBytes(20).toString('hex')}`,
	links: { style: 's3', lifeMs: 14 * 86_400_000 },
	invalidStatus: 422,
	// "HTTP 200 even for errors" (third-party clients of kie.ai); 429 is documented as such, a bad key is INFERRED.
	httpStatus: (status) => ([402, 404, 422].includes(status) ? 200 : status),
	errorBody: ({ status, message }) => ({ code: status, msg: message, data: null }),
	routes(app, world) {
		// "20 new generation requests per 10 s per API key", whatever their path.
		const limit = { count: 20, ms: 10_000, of: 'generation' };
		const submitRoute = { config: { stage: 'submit', body: 'json', limit } } as const;
		app.post('/api/v1/flux/kontext/generate', submitRoute, async ({ body }, reply) => {
			const { prompt, model = 'flux-kontext-pro', aspectRatio, outputFormat = 'jpeg', inputImage } = checked(kontext, body, 422);
			// 16:9 is kie.ai's default; an edit keeps the shape of its image.
			const ratio = aspectRatio ?? (inputImage === undefined ? '16:9' : undefined);
			const urls = inputImage === undefined ? [] : [inputImage];
			const job = await accept(world, { model, prompt, ratio, format: outputFormat, urls }, body);
			reply.header('x-ai-credits-charged', String(kontextCredits[model]));
			// AI Generate's own example has no text beside the code.
			return { code: 200, data: { taskId: job.id } };
		});

		app.post('/api/v1/jobs/createTask', submitRoute, async ({ body }, reply) => {
			const { model, input } = checked(task, body, 422);
			const ratio = input.aspect_ratio === 'auto' ? undefined : input.aspect_ratio;
			const wanted = { model, prompt: input.prompt, ratio, format: 'jpeg' as const, urls: input.input_urls ?? [] };
			const job = await accept(world, wanted, body);
			reply.header('x-ai-credits-charged', String(taskCredits));
			return { code: 200, msg: 'success', data: { taskId: job.id } };
		});

		const statusRoute = { config: { stage: 'status' } } as const;
		app.get<ByTask>('/api/v1/flux/kontext/record-info', statusRoute, (request) => {
			const job = found(world, request.query.taskId);
			// The tasks of the other path are not among these.
			if (!(job.model in kontextCredits)) throw new Refusal(404, 'The task does not exist');
			return { code: 200, msg: 'success', data: kontextRecord(job, shownState(request, job), world) };
		});
		app.get<ByTask>('/api/v1/jobs/recordInfo', statusRoute, (request) => {
			const job = found(world, request.query.taskId);
			return { code: 200, message: 'success', data: taskRecord(job, shownState(request, job), world) };
		});
	},
};

async function accept(world: World, { model, prompt, ratio, format, urls }: Wanted, body: unknown): Promise<EmulatedJob> {
	const images = await inputImages(urls);
	const [first] = images;
	return world.accept({
		id: randomBytes(16).toString('hex'),
		model,
		operation: first ? 'edit' : 'generate',
		prompt,
		seed: null,
		...sizeOf(ratio, first),
		format,
		inputs: images.map(({ bytes }) => bytes),
		body,
	});
}

function sizeOf(ratio: string | undefined, first: Size | undefined): Size {
	const own = first ? first.width / first.height : 1;
	return aboutOneMegapixel(parseRatio(ratio ?? '') ?? own);
}

/** kie.ai's code 451: "cannot fetch file". */
async function inputImages(urls: readonly string[]): Promise<InputImage[]> {
	const found: InputImage[] = [];
	for (const url of urls) {
		const image = await asInputImage(await fetchBytes(url));
		if (!image) throw new Refusal(451, 'Failed to fetch the image');
		if (image.bytes.length > maxImageBytes) throw invalidField(422, 'inputImage', 'is larger than 10 MB');
		found.push(image);
	}
	return found;
}

function found(world: World, id: string | undefined): EmulatedJob {
	if (id === undefined || id === '') throw new Refusal(422, 'taskId is required');
	const job = world.find(id);
	if (!job) throw new Refusal(404, 'The task does not exist');
	return job;
}

const paramsOf = ({ body }: EmulatedJob): string => JSON.stringify(body);

function kontextRecord(job: EmulatedJob, state: JobState | 'unknown', world: World): object {
	const ended = ['succeeded', 'failed', 'moderated'].includes(state);
	const failed = state === 'failed' || state === 'moderated';
	return {
		taskId: job.id,
		paramJson: paramsOf(job),
		createTime: new Date(job.acceptedAt).toISOString(),
		completeTime: ended ? new Date(job.endsAt).toISOString() : null,
		// Both failures end a task; the number tells at which of its steps.
		successFlag: state === 'failed' && job.number % 2 === 0 ? 2 : flags[state],
		errorCode: failed ? (state === 'moderated' ? 400 : 500) : null,
		errorMessage: state === 'moderated' ? policy : (job.failure ?? ''),
		response: state === 'succeeded' ? { originImageUrl: null, resultImageUrl: world.linkTo(job) } : null,
	};
}

function taskRecord(job: EmulatedJob, state: JobState | 'unknown', world: World): object {
	const failed = state === 'failed' || state === 'moderated';
	const ended = failed || state === 'succeeded';
	return {
		taskId: job.id,
		model: job.model,
		state: words[state],
		param: paramsOf(job),
		resultJson: state === 'succeeded' ? JSON.stringify({ resultUrls: [world.linkTo(job)] }) : null,
		failCode: failed ? (state === 'moderated' ? '400' : '500') : '',
		failMsg: state === 'moderated' ? policy : (job.failure ?? ''),
		costTime: ended ? job.endsAt - job.acceptedAt : null,
		createTime: job.acceptedAt,
		completeTime: ended ? job.endsAt : null,
		updateTime: world.clock.now(),
	};
}
