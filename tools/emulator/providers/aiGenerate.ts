import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Callback } from '../callbacks/callback';
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
			context.addIssue({
				code: 'custom',
				path: ['safetyTolerance'],
				message: 'must be 0 to 2 with an input image',
			});
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
	callback: Callback | undefined;
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
	auth: {
		header: 'authorization',
		scheme: 'Bearer ',
		status: 401,
		message: 'You do not have access permissions',
	},
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
			const {
				prompt,
				model = 'flux-kontext-pro',
				aspectRatio,
				outputFormat = 'jpeg',
				inputImage,
				callBackUrl,
			} = checked(kontext, body, 422);
			const callback = callbackTo(callBackUrl, kontextEnd, world);
			// 16:9 is kie.ai's default; an edit keeps the shape of its image.
			const ratio = aspectRatio ?? (inputImage === undefined ? '16:9' : undefined);
			const urls = inputImage === undefined ? [] : [inputImage];
			const job = await accept(
				world,
				{ model, prompt, ratio, format: outputFormat, urls, callback },
				body,
			);
			reply.header('x-ai-credits-charged', String(kontextCredits[model]));
			// AI Generate's own example has no text beside the code.
			return { code: 200, data: { taskId: job.id } };
		});

		app.post('/api/v1/jobs/createTask', submitRoute, async ({ body }, reply) => {
			const { model, input, callBackUrl } = checked(task, body, 422);
			const callback = callbackTo(callBackUrl, taskEnd, world);
			const ratio = input.aspect_ratio === 'auto' ? undefined : input.aspect_ratio;
			const wanted = {
				model,
				prompt: input.prompt,
				ratio,
				format: 'jpeg' as const,
				urls: input.input_urls ?? [],
				callback,
			};
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

async function accept(
	world: World,
	{ model, prompt, ratio, format, urls, callback }: Wanted,
	body: unknown,
): Promise<EmulatedJob> {
	const images = await inputImages(urls);
	const [first] = images;
	const draft = {
		id: randomBytes(16).toString('hex'),
		model,
		operation: first ? ('edit' as const) : ('generate' as const),
		prompt,
		seed: null,
		...sizeOf(ratio, first),
		format,
		inputs: images.map(({ bytes }) => bytes),
		body,
	};
	return world.accept(draft, callback);
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

type End = (job: EmulatedJob, world: World) => object;

/**
 * All of it kie.ai's. Its calls are signed for who has made a key for that in kie.ai's settings; AI Generate has no such
 * key (NOT FOUND), so nothing is signed.
 */
const callbackTo = (url: string | undefined, end: End, world: World): Callback | undefined =>
	url === undefined
		? undefined
		: {
				url,
				timeoutMs: 15_000,
				messages: [
					{
						at: 'end',
						body: (job) => end(job, world),
						// "Intervals of 1 minute, 5 minutes, and 15 minutes", in one version of the page; others name none.
						retryAfterMs: [60_000, 300_000, 900_000],
					},
				],
			};

const flagged = 'Your prompt was flagged by Website as violating content policies.';

function kontextEnd(job: EmulatedJob, world: World): object {
	const end = (code: number, msg: string, url: string) => ({
		code,
		msg,
		data: { taskId: job.id, info: { originImageUrl: url, resultImageUrl: url } },
	});
	if (job.state === 'succeeded') return end(200, 'BFL image generated successfully.', world.linkTo(job));
	if (job.state === 'moderated') return end(400, flagged, '');
	return job.number % 2 === 0
		? end(500, 'Internal Error, Please try again later.', '')
		: end(501, 'Image generation task failed', '');
}

/** The record of the task. Its `costTime` is in seconds here; what the code of a flagged one is, is INFERRED from the list of codes. */
function taskEnd(job: EmulatedJob, world: World): object {
	const data = {
		...taskRecord(job, job.state, world),
		costTime: Math.round((job.endsAt - job.acceptedAt) / 1000),
	};
	if (job.state === 'succeeded') return { code: 200, msg: 'Playground task completed successfully.', data };
	return { code: job.state === 'moderated' ? 400 : 501, msg: 'Playground task failed.', data };
}
