import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { ApiError, fieldError, validate } from '../apiError';
import { openAiErrorBody } from '../errorBodies';
import {
	decodeDataUri,
	decodeInputImage,
	fetchBytes,
	type InputImage,
	isDataUri,
	isHttpUrl,
} from '../inputs';
import { type EmulatedProvider, type ProviderContext, reportedState } from '../provider';
import { aboutOneMegapixel, parseRatio } from '../sizes';
import type { EmulatedJob, JobState } from '../types';

// As strict as the documentation. What is not in it is refused, and marked NOT FOUND; what is guessed is
// marked INFERRED.
const requestSchema = z
	.object({
		model: z.literal('flux-kontext-pro'),
		prompt: z.string().min(1),
		image: z
			.string()
			.refine((text) => isHttpUrl(text) || isDataUri(text), 'must be the URL or a data URI of an image')
			.optional(),
		aspect_ratio: z
			.string()
			.refine((text) => parseRatio(text) !== undefined, 'must be W:H')
			.optional(),
		seed: z.number().int().optional(),
		output_format: z.enum(['jpeg', 'png']).optional(),
	})
	.strict();

type ById = { Params: { id: string } };

const statusNames: Record<JobState | 'unknown', string> = {
	queued: 'queued',
	running: 'running',
	succeeded: 'succeeded',
	failed: 'failed',
	moderated: 'failed',
	cancelled: 'cancelled',
	unknown: 'daydreaming',
};

/** The API of Made Up. */
export const madeUp: EmulatedProvider = {
	credentialType: 'fluxKontextMadeUpApi',
	basePath: '/v1',
	auth: { header: 'authorization', scheme: 'Bearer ', status: 401, message: 'Invalid API key' },
	newApiKey: () => `mu-${randomBytes(20).toString('hex')}`,
	links: { style: 's3', lifeMs: 3_600_000 },
	invalidStatus: 400,
	errorBody: openAiErrorBody,
	routes(app, context) {
		app.post('/images', { config: { stage: 'submit', body: 'json' } }, async ({ body }) => {
			const payload = validate(requestSchema, body, 400);
			const image = await inputImage(payload.image);
			const ratio = parseRatio(payload.aspect_ratio ?? '') ?? (image ? image.width / image.height : 1);
			const job = context.accept({
				id: randomBytes(8).toString('hex'),
				model: payload.model,
				operation: image ? 'edit' : 'generate',
				prompt: payload.prompt,
				seed: payload.seed ?? null,
				...aboutOneMegapixel(ratio),
				format: payload.output_format ?? 'png',
				inputs: image ? [image.bytes] : [],
				body,
			});
			return { id: job.id, status: 'queued' };
		});

		app.get<ById>('/images/:id', { config: { stage: 'status' } }, (request) => {
			const job = context.find(request.params.id);
			if (!job) throw new ApiError(404, `The job ${request.params.id} does not exist`);
			return jobBody(job, reportedState(request, job), context);
		});

		app.get('/account', { config: { stage: 'credentialTest' } }, () => ({ name: 'emulator' }));
	},
};

async function inputImage(text: string | undefined): Promise<InputImage | undefined> {
	if (text === undefined) return undefined;
	const image = await decodeInputImage(isDataUri(text) ? decodeDataUri(text) : await fetchBytes(text));
	if (!image) throw fieldError(400, 'image', 'is no image');
	return image;
}

function jobBody(job: EmulatedJob, state: JobState | 'unknown', context: ProviderContext): object {
	const common = { id: job.id, status: statusNames[state] };
	if (state === 'succeeded') return { ...common, image_url: context.linkTo(job), seed: job.seed };
	if (state === 'moderated')
		return { ...common, error: { message: 'The request was flagged by the content policy' } };
	return state === 'failed' ? { ...common, error: { message: job.failure } } : common;
}
