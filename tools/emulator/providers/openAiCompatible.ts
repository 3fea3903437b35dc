import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ApiError, fieldError, validate } from '../apiError';
import { openAiErrorBody } from '../errorBodies';
import { decodeInputImage, type InputImage } from '../inputs';
import { type FormFile, valuesOf } from '../multipart';
import { type EmulatedProvider, type ProviderContext, waitForJobEnd } from '../provider';
import { parseSize, sidesWithin, type Size } from '../sizes';
import type { EmulatedJob } from '../types';

const modelId = 'flux.1-kontext-dev';
const isSize = (text: string): boolean => text === 'auto' || sidesWithin(parseSize(text, 'x'), 64, 4096);

// OpenAI's fields with those that SGLang and vLLM-Omni add.
const requestSchema = z
	.object({
		model: z.string(),
		prompt: z.string().min(1),
		n: z.number().int().min(1).max(10).optional(),
		size: z.string().refine(isSize, 'must be WxH').optional(),
		response_format: z.enum(['url', 'b64_json']).optional(),
		output_format: z.enum(['png', 'jpeg', 'webp']).optional(),
		output_compression: z.number().int().min(0).max(100).optional(),
		user: z.string().optional(),
		seed: z.number().int().optional(),
		num_inference_steps: z.number().int().min(1).optional(),
		guidance_scale: z.number().optional(),
		true_cfg_scale: z.number().optional(),
		negative_prompt: z.string().optional(),
	})
	.strict();
type Payload = z.infer<typeof requestSchema>;

const fieldTypes = {
	n: 'number',
	output_compression: 'number',
	seed: 'number',
	num_inference_steps: 'number',
	guidance_scale: 'number',
	true_cfg_scale: 'number',
} as const;

/** A server with OpenAI's image API, which imitates the responses of several such servers in turn. */
export const openAiCompatible: EmulatedProvider = {
	credentialType: 'fluxKontextOpenAiCompatibleApi',
	basePath: '/v1',
	auth: {
		header: 'authorization',
		scheme: 'Bearer ',
		status: 401,
		message: 'Incorrect API key provided',
		optional: true,
	},
	newApiKey: () => `sk-local-${randomBytes(16).toString('hex')}`,
	links: { style: 's3', lifeMs: 3_600_000 },
	invalidStatus: 400,
	errorBody: openAiErrorBody,
	routes(app, context) {
		const generationRoute = { config: { stage: 'submit', body: 'json' } } as const;
		app.post('/images/generations', generationRoute, async (request, reply) => {
			const payload = validate(requestSchema, request.body, 400);
			return await createImages(payload, [], request, reply, context);
		});

		const editRoute = { config: { stage: 'submit', body: 'multipart' } } as const;
		app.post('/images/edits', editRoute, async (request, reply) => {
			const form = request.form ?? { fields: {}, files: [] };
			const payload = validate(requestSchema, valuesOf(form, fieldTypes), 400);
			return await createImages(payload, await inputImages(form.files), request, reply, context);
		});

		type ByIndex = { Params: { id: string; index: string } };
		app.get<ByIndex>(
			'/images/:id/:index/content',
			{ config: { stage: 'download' } },
			async ({ params }, reply) => {
				const job = context.find(params.id);
				if (job?.state !== 'succeeded') throw new ApiError(404, 'No such image');
				return await reply
					.type(`image/${job.format}`)
					.send(await context.picture(job, Number(params.index)));
			},
		);

		const data = [{ id: modelId, object: 'model', owned_by: 'local' }];
		app.get('/models', { config: { stage: 'credentialTest' } }, () => ({ object: 'list', data }));
	},
};

/**
 * Reads the input images. One image is named `image`, several are `image[]`, as the official client names
 * them.
 */
async function inputImages(files: readonly FormFile[]): Promise<InputImage[]> {
	const unknownFile = files.find(({ field }) => field !== 'image' && field !== 'image[]');
	if (unknownFile) throw fieldError(400, unknownFile.field, 'is not a known file');
	if (files.length === 0) throw fieldError(400, 'image', 'is required');
	if (files.length > 1 && files.some(({ field }) => field === 'image'))
		throw fieldError(400, 'image', 'is one file; several are image[]');
	return await Promise.all(files.map(decodeFile));
}

async function decodeFile({ bytes, mimeType, field }: FormFile): Promise<InputImage> {
	const image = await decodeInputImage(bytes);
	if (!image || !['png', 'jpeg', 'webp'].includes(image.format))
		throw fieldError(400, field, 'must be a PNG, JPEG or WebP image');
	if (image.mimeType !== mimeType) throw fieldError(400, field, `is ${image.mimeType}, not ${mimeType}`);
	return image;
}

/**
 * Returns the output size. Without `size`, an edit has the size of its input (stable-diffusion.cpp,
 * vLLM-Omni).
 */
function sizeOf({ size = '' }: Payload, [first]: readonly InputImage[]): Size {
	return parseSize(size, 'x') ?? { width: first?.width ?? 1024, height: first?.height ?? 1024 };
}

async function createImages(
	payload: Payload,
	inputs: readonly InputImage[],
	request: FastifyRequest,
	reply: FastifyReply,
	context: ProviderContext,
): Promise<unknown> {
	const code = 'model_not_found';
	if (payload.model !== modelId)
		throw new ApiError(404, `The model ${payload.model} does not exist`, { code });
	const { output_compression: quality } = payload;
	const job = context.accept({
		id: `req_${randomBytes(9).toString('base64url')}`,
		model: modelId,
		operation: inputs.length > 0 ? 'edit' : 'generate',
		prompt: payload.prompt,
		seed: payload.seed ?? null,
		...sizeOf(payload, inputs),
		format: payload.output_format ?? 'png',
		...(quality !== undefined && { quality }),
		inputs: inputs.map(({ bytes }) => bytes),
		body: request.record.body,
	});
	reply.header('x-request-id', job.id);
	await waitForJobEnd(context, job, request);
	if (job.state === 'moderated')
		throw new ApiError(400, 'The request was rejected by the safety system', {
			code: 'content_policy_violation',
		});
	if (job.state === 'failed') return await reply.code(500).send(failures(job)[job.number % 3]);
	return await responseBody(payload, job, context);
}

/** Returns the error bodies of stable-diffusion.cpp, without and with a message, and of FastAPI. */
const failures = ({ failure }: EmulatedJob): readonly object[] => [
	{ error: failure },
	{ error: 'server_error', message: failure },
	{ detail: failure },
];

/**
 * Formats the response as one of the servers does: base64 (OpenAI, stable-diffusion.cpp), a URL (LocalAI), or
 * a URL without a host (SGLang). Without `response_format` the servers alternate.
 */
async function responseBody(
	{ n = 1, response_format }: Payload,
	job: EmulatedJob,
	context: ProviderContext,
): Promise<object> {
	const dialect = response_format === 'b64_json' ? 0 : response_format === 'url' ? 1 : job.number % 3;
	const image = async (index: number): Promise<object> => {
		if (dialect === 0) return { b64_json: (await context.picture(job, index)).toString('base64') };
		const { pathname } = new URL(context.baseUrl);
		return {
			url: dialect === 1 ? context.linkTo(job, index) : `${pathname}/images/${job.id}/${index}/content`,
		};
	};
	const data = await Promise.all(Array.from({ length: n }, async (_, index) => await image(index)));
	const created = Math.floor(job.endsAt / 1000);
	if (dialect === 0)
		return { created, output_format: job.format, size: `${job.width}x${job.height}`, data };
	return dialect === 1 ? { id: job.id, created, data, usage: {} } : { created, data };
}
