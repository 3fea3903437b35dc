import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { asInputImage, type InputImage } from '../inputs';
import { type FormFile, valuesOf } from '../multipart';
import { type EmulatedProvider, untilEnded, type World } from '../provider';
import { checked, invalidField, Refusal } from '../refusal';
import { openAiError } from '../shapes';
import { eachSide, parseSize, type Size } from '../sizes';
import type { EmulatedJob } from '../types';

const kontext = 'flux.1-kontext-dev';
const isSize = (text: string): boolean => text === 'auto' || eachSide(parseSize(text, 'x'), 64, 4096);

// OpenAI's fields, and those that SGLang and vLLM-Omni add to them.
const request = z
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
type Wanted = z.infer<typeof request>;

const types = {
	n: 'number',
	output_compression: 'number',
	seed: 'number',
	num_inference_steps: 'number',
	guidance_scale: 'number',
	true_cfg_scale: 'number',
} as const;

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
	errorBody: openAiError,
	routes(app, world) {
		const generationRoute = { config: { stage: 'submit', body: 'json' } } as const;
		app.post('/images/generations', generationRoute, async (asked, reply) => {
			const wanted = checked(request, asked.body, 400);
			return await make(wanted, [], asked, reply, world);
		});

		const editRoute = { config: { stage: 'submit', body: 'multipart' } } as const;
		app.post('/images/edits', editRoute, async (asked, reply) => {
			const form = asked.form ?? { fields: {}, files: [] };
			const wanted = checked(request, valuesOf(form, types), 400);
			return await make(wanted, await inputImages(form.files), asked, reply, world);
		});

		type ByIndex = { Params: { id: string; index: string } };
		app.get<ByIndex>(
			'/images/:id/:index/content',
			{ config: { stage: 'download' } },
			async ({ params }, reply) => {
				const job = world.find(params.id);
				if (job?.state !== 'succeeded') throw new Refusal(404, 'No such image');
				return await reply
					.type(`image/${job.format}`)
					.send(await world.picture(job, Number(params.index)));
			},
		);

		const data = [{ id: kontext, object: 'model', owned_by: 'local' }];
		app.get('/models', { config: { stage: 'credentialTest' } }, () => ({ object: 'list', data }));
	},
};

/** One image is `image`, several are `image[]`, as the official client names them. */
async function inputImages(files: readonly FormFile[]): Promise<InputImage[]> {
	const stranger = files.find(({ field }) => field !== 'image' && field !== 'image[]');
	if (stranger) throw invalidField(400, stranger.field, 'is not a known file');
	if (files.length === 0) throw invalidField(400, 'image', 'is required');
	if (files.length > 1 && files.some(({ field }) => field === 'image'))
		throw invalidField(400, 'image', 'is one file; several are image[]');
	return await Promise.all(files.map(asImage));
}

async function asImage({ bytes, mimeType, field }: FormFile): Promise<InputImage> {
	const image = await asInputImage(bytes);
	if (!image || !['png', 'jpeg', 'webp'].includes(image.format))
		throw invalidField(400, field, 'must be a PNG, JPEG or WebP image');
	if (image.mimeType !== mimeType) throw invalidField(400, field, `is ${image.mimeType}, not ${mimeType}`);
	return image;
}

/** Told nothing, an edit has the size of its input (stable-diffusion.cpp, vLLM-Omni). */
function sizeOf({ size = '' }: Wanted, [first]: readonly InputImage[]): Size {
	return parseSize(size, 'x') ?? { width: first?.width ?? 1024, height: first?.height ?? 1024 };
}

async function make(
	wanted: Wanted,
	inputs: readonly InputImage[],
	asked: FastifyRequest,
	reply: FastifyReply,
	world: World,
): Promise<unknown> {
	const code = 'model_not_found';
	if (wanted.model !== kontext)
		throw new Refusal(404, `The model ${wanted.model} does not exist`, { code });
	const { output_compression: quality } = wanted;
	const job = world.accept({
		id: `req_${randomBytes(9).toString('base64url')}`,
		model: kontext,
		operation: inputs.length > 0 ? 'edit' : 'generate',
		prompt: wanted.prompt,
		seed: wanted.seed ?? null,
		...sizeOf(wanted, inputs),
		format: wanted.output_format ?? 'png',
		...(quality !== undefined && { quality }),
		inputs: inputs.map(({ bytes }) => bytes),
		body: asked.record.body,
	});
	reply.header('x-request-id', job.id);
	await untilEnded(world, job, asked);
	if (job.state === 'moderated')
		throw new Refusal(400, 'The request was rejected by the safety system', {
			code: 'content_policy_violation',
		});
	if (job.state === 'failed') return await reply.code(500).send(failures(job)[job.number % 3]);
	return await answer(wanted, job, world);
}

/** As stable-diffusion.cpp says it, with and without a message, and as FastAPI does. */
const failures = ({ failure }: EmulatedJob): readonly object[] => [
	{ error: failure },
	{ error: 'server_error', message: failure },
	{ detail: failure },
];

/** Each server has its own answer: base64 (OpenAI, stable-diffusion.cpp), a link (LocalAI), or one without a host (SGLang). */
async function answer({ n = 1, response_format }: Wanted, job: EmulatedJob, world: World): Promise<object> {
	const dialect = response_format === 'b64_json' ? 0 : response_format === 'url' ? 1 : job.number % 3;
	const image = async (index: number): Promise<object> => {
		if (dialect === 0) return { b64_json: (await world.picture(job, index)).toString('base64') };
		const { pathname } = new URL(world.baseUrl);
		return {
			url: dialect === 1 ? world.linkTo(job, index) : `${pathname}/images/${job.id}/${index}/content`,
		};
	};
	const data = await Promise.all(Array.from({ length: n }, async (_, index) => await image(index)));
	const created = Math.floor(job.endsAt / 1000);
	if (dialect === 0)
		return { created, output_format: job.format, size: `${job.width}x${job.height}`, data };
	return dialect === 1 ? { id: job.id, created, data, usage: {} } : { created, data };
}
