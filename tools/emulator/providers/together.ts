import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ApiError, fieldError, validate } from '../apiError';
import {
	decodeDataUri,
	decodeInputImage,
	fetchBytes,
	type InputImage,
	isDataUri,
	isHttpUrl,
} from '../inputs';
import { type EmulatedProvider, type ProviderContext, waitForJobEnd } from '../provider';
import type { EmulatedJob } from '../types';

const models = ['pro', 'max', 'dev'].map((tier) => `black-forest-labs/FLUX.1-kontext-${tier}`);
const isImage = (text: string): boolean => isHttpUrl(text) || isDataUri(text);
// The limits are NOT FOUND; these are those of Kontext at other providers (INFERRED).
const side = z.number().int().min(256).max(2048).multipleOf(16);

// `aspect_ratio` is in a guide, but neither in the OpenAPI file nor in the SDK: refused.
const requestSchema = z
	.object({
		model: z.string(),
		prompt: z.string().min(1),
		image_url: z.string().refine(isImage, 'must be the URL or a data URI of an image').optional(),
		width: side.optional(),
		height: side.optional(),
		steps: z.number().int().min(1).max(50).optional(),
		seed: z.number().int().optional(),
		n: z.number().int().min(1).max(4).optional(),
		guidance_scale: z.number().optional(),
		negative_prompt: z.string().optional(),
		response_format: z.enum(['base64', 'url']).optional(),
		output_format: z.enum(['jpeg', 'png']).optional(),
		disable_safety_checker: z.boolean().optional(),
	})
	.strict();
type Payload = z.infer<typeof requestSchema>;

const errorTypes: Record<number, [type: string, code: string | null]> = {
	401: ['invalid_request_error', 'invalid_api_key'],
	402: ['credit_limit', null],
	404: ['invalid_request_error', 'model_not_available'],
	429: ['rate_limit', 'rate_limit'],
	500: ['server_error', null],
};

/** The API of Together AI. */
export const together: EmulatedProvider = {
	credentialType: 'fluxKontextTogetherApi',
	basePath: '/v1',
	auth: { header: 'authorization', scheme: 'Bearer ', status: 401, message: 'Invalid API key provided' },
	newApiKey: () => `tgp_v1_${randomBytes(24).toString('base64url')}`,
	// The lifetime of a link is NOT FOUND.
	links: { style: 's3', lifeMs: 3_600_000 },
	invalidStatus: 400,
	errorBody({ status, message, details }) {
		const [type, code] = errorTypes[status] ?? ['invalid_request_error', null];
		const [issue] = details.issues ?? [];
		return { error: { message, type, param: issue?.path.join('.') || null, code: details.code ?? code } };
	},
	routes(app, context) {
		app.post(
			'/images/generations',
			{ config: { stage: 'submit', body: 'json' } },
			async (request, reply) => {
				const payload = validate(requestSchema, request.body, 400);
				if (!models.includes(payload.model))
					throw new ApiError(404, `Unable to access model ${payload.model}`);
				const image = await inputImage(payload.image_url);
				if (!image && payload.model.endsWith('-dev'))
					throw new ApiError(400, 'condition_image is required');
				return await createImages(payload, image, request, reply, context);
			},
		);

		app.get('/models', { config: { stage: 'credentialTest' } }, () =>
			models.map((id) => ({ id, object: 'model', type: 'image' })),
		);
	},
};

async function inputImage(text: string | undefined): Promise<InputImage | undefined> {
	if (text === undefined) return undefined;
	const image = await decodeInputImage(isDataUri(text) ? decodeDataUri(text) : await fetchBytes(text));
	if (!image) throw fieldError(400, 'image_url', 'could not be read as an image');
	return image;
}

/** Accepts a job and responds when its images are ready. */
async function createImages(
	payload: Payload,
	image: InputImage | undefined,
	request: FastifyRequest,
	reply: FastifyReply,
	context: ProviderContext,
): Promise<object> {
	const { model, prompt, seed, width = 1024, height = 1024, output_format: format = 'jpeg' } = payload;
	const job = context.accept({
		id: `o${randomBytes(6).toString('base64url')}-${randomBytes(8).toString('hex')}`,
		model,
		operation: image ? 'edit' : 'generate',
		prompt,
		seed: seed ?? null,
		width,
		height,
		format,
		inputs: image ? [image.bytes] : [],
		body: request.body,
	});
	await waitForJobEnd(context, job, request);
	// The error of a moderated job is NOT FOUND; INFERRED from the other errors.
	if (job.state === 'moderated')
		throw new ApiError(400, 'The image was flagged as NSFW', { code: 'content_policy_violation' });
	if (job.state !== 'succeeded') throw new ApiError(500, job.failure ?? 'The image could not be made');
	reply.header('x-request-id', job.id);
	return { id: job.id, model, object: 'list', data: await imageEntries(job, payload, context) };
}

async function imageEntries(
	job: EmulatedJob,
	{ n = 1, response_format }: Payload,
	context: ProviderContext,
): Promise<object[]> {
	return await Promise.all(
		Array.from({ length: n }, async (_, index) =>
			response_format === 'base64'
				? {
						index,
						type: 'b64_json',
						b64_json: (await context.picture(job, index)).toString('base64'),
					}
				: { index, type: 'url', url: context.linkTo(job, index) },
		),
	);
}
