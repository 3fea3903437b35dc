import type { FastifyInstance } from 'fastify';
import { randomBytes } from 'node:crypto';
import { ApiError, fieldError, validate } from '../../apiError';
import { decodeInputImage, fetchBytes, type InputImage } from '../../inputs';
import { type EmulatedProvider, type ProviderContext, reportedState } from '../../provider';
import { aboutOneMegapixel, parseRatio, type Size } from '../../sizes';
import type { EmulatedJob, ImageFormat } from '../../types';
import type { Webhook } from '../../webhooks/webhook';
import { kontextRecord, taskRecord } from './records';
import { kontextSchema, taskSchema } from './schemas';
import { kontextWebhookBody, taskWebhookBody, webhookTo } from './webhook';

// Documented for AI Generate: both submit paths, the response to a submit, the header, the rate limit. The
// rest is that of kie.ai, with whose paths AI Generate calls itself compatible (INFERRED).

const kontextCredits: Record<string, number> = { 'flux-kontext-pro': 5, 'flux-kontext-max': 10 };
// Slugs are "any slug of the catalogue"; the charge for those without a price above is INFERRED.
const taskCredits = 5;
const maxImageBytes = 10_000_000;

/** What both endpoints read from a request. */
interface Task {
	model: string;
	prompt: string;
	ratio: string | undefined;
	format: ImageFormat;
	urls: readonly string[];
	webhook: Webhook | undefined;
}

type ByTask = { Querystring: { taskId?: string } };

/** The API of AI Generate. */
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
	// "HTTP 200 even for errors" (third-party clients of kie.ai); 429 is documented as an HTTP status, 401 is
	// INFERRED.
	httpStatus: (status) => ([402, 404, 422].includes(status) ? 200 : status),
	errorBody: ({ status, message }) => ({ code: status, msg: message, data: null }),
	routes(app, context) {
		addKontextRoutes(app, context);
		addTaskRoutes(app, context);
	},
};

// "20 new generation requests per 10 s per API key", whatever their path.
const limit = { count: 20, ms: 10_000, sharedKey: 'generation' };
const submitRoute = { config: { stage: 'submit', body: 'json', limit } } as const;
const statusRoute = { config: { stage: 'status' } } as const;

/** Adds the routes for the Kontext models. */
function addKontextRoutes(app: FastifyInstance, context: ProviderContext): void {
	app.post('/api/v1/flux/kontext/generate', submitRoute, async ({ body }, reply) => {
		const {
			prompt,
			model = 'flux-kontext-pro',
			aspectRatio,
			outputFormat: format = 'jpeg',
			inputImage,
			callBackUrl,
		} = validate(kontextSchema, body, 422);
		const webhook = webhookTo(callBackUrl, kontextWebhookBody, context);
		// 16:9 is kie.ai's default; an edit keeps the shape of its image.
		const ratio = aspectRatio ?? (inputImage === undefined ? '16:9' : undefined);
		const urls = inputImage === undefined ? [] : [inputImage];
		const job = await accept(context, { model, prompt, ratio, format, urls, webhook }, body);
		reply.header('x-ai-credits-charged', String(kontextCredits[model]));
		// AI Generate's own example has no text beside the code.
		return { code: 200, data: { taskId: job.id } };
	});

	app.get<ByTask>('/api/v1/flux/kontext/record-info', statusRoute, (request) => {
		const job = requireJob(context, request.query.taskId);
		// The tasks of the other path are not found under this one.
		if (!(job.model in kontextCredits)) throw new ApiError(404, 'The task does not exist');
		const data = kontextRecord(job, reportedState(request, job), context);
		return { code: 200, msg: 'success', data };
	});
}

/** Adds the routes for the models that are named by a slug. */
function addTaskRoutes(app: FastifyInstance, context: ProviderContext): void {
	app.post('/api/v1/jobs/createTask', submitRoute, async ({ body }, reply) => {
		const { model, input, callBackUrl } = validate(taskSchema, body, 422);
		const task: Task = {
			model,
			prompt: input.prompt,
			ratio: input.aspect_ratio === 'auto' ? undefined : input.aspect_ratio,
			format: 'jpeg',
			urls: input.input_urls ?? [],
			webhook: webhookTo(callBackUrl, taskWebhookBody, context),
		};
		const job = await accept(context, task, body);
		reply.header('x-ai-credits-charged', String(taskCredits));
		return { code: 200, msg: 'success', data: { taskId: job.id } };
	});

	app.get<ByTask>('/api/v1/jobs/recordInfo', statusRoute, (request) => {
		const job = requireJob(context, request.query.taskId);
		const data = taskRecord(job, reportedState(request, job), context);
		return { code: 200, message: 'success', data };
	});
}

async function accept(
	context: ProviderContext,
	{ model, prompt, ratio, format, urls, webhook }: Task,
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
	return context.accept(draft, webhook);
}

function sizeOf(ratio: string | undefined, first: Size | undefined): Size {
	const own = first ? first.width / first.height : 1;
	return aboutOneMegapixel(parseRatio(ratio ?? '') ?? own);
}

/**
 * Fetches the input images. Rejects with kie.ai's code 451 ("cannot fetch file") if one cannot be fetched.
 */
async function inputImages(urls: readonly string[]): Promise<InputImage[]> {
	const images: InputImage[] = [];
	for (const url of urls) {
		const image = await decodeInputImage(await fetchBytes(url));
		if (!image) throw new ApiError(451, 'Failed to fetch the image');
		if (image.bytes.length > maxImageBytes) throw fieldError(422, 'inputImage', 'is larger than 10 MB');
		images.push(image);
	}
	return images;
}

function requireJob(context: ProviderContext, id: string | undefined): EmulatedJob {
	if (id === undefined || id === '') throw new ApiError(422, 'taskId is required');
	const job = context.find(id);
	if (!job) throw new ApiError(404, 'The task does not exist');
	return job;
}
