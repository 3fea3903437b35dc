import { randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ApiError, fieldError, validate } from '../apiError';
import { decodeBase64, decodeInputImage, type InputImage, isDataUri } from '../inputs';
import { type EmulatedProvider, type ProviderContext, waitForJobEnd } from '../provider';
import { aboutOneMegapixel, parseRatio } from '../sizes';

const hourMs = 3_600_000;
const ratioBounds = { min: 9 / 21, max: 21 / 9 };

const isRatio = (text: string): boolean => {
	const ratio = parseRatio(text);
	return ratio !== undefined && ratio >= ratioBounds.min && ratio <= ratioBounds.max;
};
const common = {
	model: z.string(),
	prompt: z.string().min(1),
	seed: z.number().int().min(0).max(9_999_999_999).optional(),
};
// Whether URLs are accepted is NOT FOUND: refused.
const image = z.string().refine(isDataUri, 'must be a data URI of an image');
const hosted = z
	.object({
		...common,
		input_image: image.optional(),
		aspect_ratio: z.string().refine(isRatio, 'must be W:H between 21:9 and 9:21').optional(),
		output_format: z.enum(['png', 'jpeg']).optional(),
		prompt_upsampling: z.boolean().optional(),
		safety_tolerance: z.number().int().min(0).max(6).optional(),
	})
	.strict();
const open = z.object({ ...common, image, prompt_enhancement: z.boolean().optional() }).strict();

const models = {
	'black-forest-labs/FLUX.1-Kontext-pro': hosted,
	'black-forest-labs/FLUX.1-Kontext-max': hosted,
	'black-forest-labs/FLUX.1-Kontext-dev': open,
};
const isModel = (id: string): id is keyof typeof models => Object.hasOwn(models, id);

interface Payload {
	model: string;
	prompt: string;
	seed?: number | undefined;
	input_image?: string | undefined;
	image?: string | undefined;
	aspect_ratio?: string | undefined;
	output_format?: 'png' | 'jpeg' | undefined;
	safety_tolerance?: number | undefined;
}

/** Encodes an error that is a bare JSON string, as some are. */
const bareString = (text: string): Buffer => Buffer.from(JSON.stringify(text));

const overloadedStatus = 503;

/** The API of SiliconFlow. */
export const siliconFlow: EmulatedProvider = {
	credentialType: 'fluxKontextSiliconFlowApi',
	basePath: '/v1',
	auth: { header: 'authorization', scheme: 'Bearer ', status: 401, message: 'Invalid token' },
	newApiKey: () => `sk-${randomBytes(24).toString('hex')}`,
	links: { style: 's3', lifeMs: hourMs },
	invalidStatus: 400,
	errorBody: ({ status, message, details: { code } }) => {
		if (status === 401 || status === 504) return bareString(message);
		if (status === 404) return bareString('404 page not found');
		if (status === 429)
			return {
				message: 'Request was rejected due to rate limiting. Details:TPM limit reached.',
				data: null,
			};
		if (status === overloadedStatus) return { code: 50505, message, data: null };
		// 20012 is documented, the other code is INFERRED.
		return { code: Number(code ?? 20015), message, data: null };
	},
	routes(app, context) {
		app.post(
			'/images/generations',
			{ config: { stage: 'submit', body: 'json' } },
			async (request, reply) => {
				const { model } = validate(z.object({ model: z.string() }), request.body, 400);
				if (!isModel(model))
					throw new ApiError(400, 'Model does not exist. Please check it carefully.', {
						code: '20012',
					});
				const payload: Payload = validate(models[model], request.body, 400);
				const { id, responseBody } = await createImages(payload, request, context);
				return reply.header('x-siliconcloud-trace-id', id).send(responseBody);
			},
		);

		app.get('/user/info', { config: { stage: 'credentialTest' } }, () => ({
			code: 20000,
			message: 'OK',
			status: true,
			data: {
				id: 'u1',
				name: 'emulator',
				email: 'emulator@example.com',
				balance: '10',
				totalBalance: '10',
			},
		}));
	},
};

async function createImages(
	payload: Payload,
	request: FastifyRequest,
	context: ProviderContext,
): Promise<{ id: string; responseBody: object }> {
	const input = await inputImage(payload);
	const { model, prompt, aspect_ratio, output_format } = payload;
	const shape = input
		? Math.min(ratioBounds.max, Math.max(ratioBounds.min, input.width / input.height))
		: 1;
	const job = context.accept({
		id: `ti_${randomBytes(9).toString('hex')}`,
		model,
		operation: input ? 'edit' : 'generate',
		prompt,
		seed: payload.seed ?? null,
		// Dev makes 1024 x 1024 images whatever its input (D3).
		...aboutOneMegapixel(payload.image === undefined ? (parseRatio(aspect_ratio ?? '') ?? shape) : 1),
		format: output_format ?? 'png',
		inputs: input ? [input.bytes] : [],
		body: request.body,
	});
	await waitForJobEnd(context, job, request);
	// The error of a moderated job is NOT FOUND.
	if (job.state === 'moderated')
		throw new ApiError(400, 'The prompt or image was flagged as sensitive', { code: '20023' });
	// The documented error of an overloaded model, here with the reason of the failure.
	if (job.state === 'failed')
		throw new ApiError(
			overloadedStatus,
			job.failure ?? 'Model service overloaded. Please try again later.',
		);
	const inference = (job.endsAt - job.startsAt) / 1000;
	return {
		id: job.id,
		responseBody: { images: [{ url: context.linkTo(job) }], timings: { inference }, seed: job.seed },
	};
}

async function inputImage({
	input_image,
	image: openImage,
	safety_tolerance = 2,
}: Payload): Promise<InputImage | undefined> {
	const [field, uri] = openImage === undefined ? ['input_image', input_image] : ['image', openImage];
	if (uri === undefined) return undefined;
	// "Limit of 2 for Image to Image": the response to more is NOT FOUND.
	if (safety_tolerance > 2) throw fieldError(400, 'safety_tolerance', 'must be at most 2 with an image');
	const decoded = await decodeInputImage(decodeBase64(uri.slice(uri.indexOf(',') + 1).trim()));
	if (!decoded) throw fieldError(400, field, 'is no image');
	return decoded;
}
