import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { asInputImage, bytesOfDataUri, fetchBytes, type InputImage, isDataUri, isHttpUrl } from '../inputs';
import { type EmulatedProvider, shownState, type World } from '../provider';
import { checked, invalidField, Refusal } from '../refusal';
import { openAiError } from '../shapes';
import { aboutOneMegapixel, parseRatio } from '../sizes';
import type { EmulatedJob, JobState } from '../types';

// As strict as the documentation. What is not in it is refused, and marked NOT FOUND; what is guessed is marked INFERRED.
const request = z
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

const words: Record<JobState | 'unknown', string> = {
	queued: 'queued',
	running: 'running',
	succeeded: 'succeeded',
	failed: 'failed',
	moderated: 'failed',
	cancelled: 'cancelled',
	unknown: 'daydreaming',
};

export const madeUp: EmulatedProvider = {
	credentialType: 'fluxKontextMadeUpApi',
	basePath: '/v1',
	auth: { header: 'authorization', scheme: 'Bearer ', status: 401, message: 'Invalid API key' },
	newApiKey: () => `mu-${randomBytes(20).toString('hex')}`,
	links: { style: 's3', lifeMs: 3_600_000 },
	invalidStatus: 400,
	errorBody: openAiError,
	routes(app, world) {
		app.post('/images', { config: { stage: 'submit', body: 'json' } }, async ({ body }) => {
			const wanted = checked(request, body, 400);
			const image = await inputImage(wanted.image);
			const ratio = parseRatio(wanted.aspect_ratio ?? '') ?? (image ? image.width / image.height : 1);
			const job = world.accept({
				id: randomBytes(8).toString('hex'),
				model: wanted.model,
				operation: image ? 'edit' : 'generate',
				prompt: wanted.prompt,
				seed: wanted.seed ?? null,
				...aboutOneMegapixel(ratio),
				format: wanted.output_format ?? 'png',
				inputs: image ? [image.bytes] : [],
				body,
			});
			return { id: job.id, status: 'queued' };
		});

		app.get<ById>('/images/:id', { config: { stage: 'status' } }, (asked) => {
			const job = world.find(asked.params.id);
			if (!job) throw new Refusal(404, `The job ${asked.params.id} does not exist`);
			return jobBody(job, shownState(asked, job), world);
		});

		app.get('/account', { config: { stage: 'credentialTest' } }, () => ({ name: 'emulator' }));
	},
};

async function inputImage(text: string | undefined): Promise<InputImage | undefined> {
	if (text === undefined) return undefined;
	const image = await asInputImage(isDataUri(text) ? bytesOfDataUri(text) : await fetchBytes(text));
	if (!image) throw invalidField(400, 'image', 'is no image');
	return image;
}

function jobBody(job: EmulatedJob, state: JobState | 'unknown', world: World): object {
	const told = { id: job.id, status: words[state] };
	if (state === 'succeeded') return { ...told, image_url: world.linkTo(job), seed: job.seed };
	if (state === 'moderated')
		return { ...told, error: { message: 'The request was flagged by the content policy' } };
	return state === 'failed' ? { ...told, error: { message: job.failure } } : told;
}
