import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { asInputImage, bytesOfDataUri, fetchBytes, type InputImage, isDataUri, isHttpUrl } from '../inputs';
import { type EmulatedProvider, untilEnded, type World } from '../provider';
import { checked, invalidField, Refusal } from '../refusal';
import type { EmulatedJob } from '../types';

const models = ['pro', 'max', 'dev'].map((tier) => `black-forest-labs/FLUX.1-kontext-${tier}`);
const isImage = (text: string): boolean => isHttpUrl(text) || isDataUri(text);
// The limits are NOT FOUND; these are Kontext's elsewhere (INFERRED).
const side = z.number().int().min(256).max(2048).multipleOf(16);

// `aspect_ratio` is in a guide, but neither in the OpenAPI file nor in the SDK: refused.
const request = z
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
type Wanted = z.infer<typeof request>;

const types: Record<number, [type: string, code: string | null]> = {
	401: ['invalid_request_error', 'invalid_api_key'],
	402: ['credit_limit', null],
	404: ['invalid_request_error', 'model_not_available'],
	429: ['rate_limit', 'rate_limit'],
	500: ['server_error', null],
};

export const together: EmulatedProvider = {
	credentialType: 'fluxKontextTogetherApi',
	basePath: '/v1',
	auth: { header: 'authorization', scheme: 'Bearer ', status: 401, message: 'Invalid API key provided' },
	newApiKey: () => `tgp_v1_${randomBytes(24).toString('base64url')}`,
	// How long a link lives is NOT FOUND.
	links: { style: 's3', lifeMs: 3_600_000 },
	invalidStatus: 400,
	errorBody({ status, message, details }) {
		const [type, code] = types[status] ?? ['invalid_request_error', null];
		const [issue] = details.issues ?? [];
		return { error: { message, type, param: issue?.path.join('.') || null, code: details.code ?? code } };
	},
	routes(app, world) {
		app.post(
			'/images/generations',
			{ config: { stage: 'submit', body: 'json' } },
			async (asked, reply) => {
				const wanted = checked(request, asked.body, 400);
				if (!models.includes(wanted.model))
					throw new Refusal(404, `Unable to access model ${wanted.model}`);
				const image = await inputImage(wanted.image_url);
				if (!image && wanted.model.endsWith('-dev'))
					throw new Refusal(400, 'condition_image is required');
				return await make(wanted, image, asked, reply, world);
			},
		);

		app.get('/models', { config: { stage: 'credentialTest' } }, () =>
			models.map((id) => ({ id, object: 'model', type: 'image' })),
		);
	},
};

async function inputImage(text: string | undefined): Promise<InputImage | undefined> {
	if (text === undefined) return undefined;
	const image = await asInputImage(isDataUri(text) ? bytesOfDataUri(text) : await fetchBytes(text));
	if (!image) throw invalidField(400, 'image_url', 'could not be read as an image');
	return image;
}

/** The answer comes when the images are made. */
async function make(
	wanted: Wanted,
	image: InputImage | undefined,
	asked: FastifyRequest,
	reply: FastifyReply,
	world: World,
): Promise<object> {
	const { model, prompt, seed, width = 1024, height = 1024, output_format: format = 'jpeg' } = wanted;
	const job = world.accept({
		id: `o${randomBytes(6).toString('base64url')}-${randomBytes(8).toString('hex')}`,
		model,
		operation: image ? 'edit' : 'generate',
		prompt,
		seed: seed ?? null,
		width,
		height,
		format,
		inputs: image ? [image.bytes] : [],
		body: asked.body,
	});
	await untilEnded(world, job, asked);
	// The body of a refusal by moderation is NOT FOUND; INFERRED from its errors.
	if (job.state === 'moderated')
		throw new Refusal(400, 'The image was flagged as NSFW', { code: 'content_policy_violation' });
	if (job.state !== 'succeeded') throw new Refusal(500, job.failure ?? 'The image could not be made');
	reply.header('x-request-id', job.id);
	return { id: job.id, model, object: 'list', data: await entries(job, wanted, world) };
}

async function entries(
	job: EmulatedJob,
	{ n = 1, response_format }: Wanted,
	world: World,
): Promise<object[]> {
	return await Promise.all(
		Array.from({ length: n }, async (_, index) =>
			response_format === 'base64'
				? { index, type: 'b64_json', b64_json: (await world.picture(job, index)).toString('base64') }
				: { index, type: 'url', url: world.linkTo(job, index) },
		),
	);
}
