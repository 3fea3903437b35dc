import { randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { asInputImage, bytesOfBase64, type InputImage, isDataUri } from '../inputs';
import { type EmulatedProvider, untilEnded, type World } from '../provider';
import { checked, invalidField, Refusal } from '../refusal';
import { aboutOneMegapixel, parseRatio } from '../sizes';

const hour = 3_600_000;
const bounds = { min: 9 / 21, max: 21 / 9 };

const isRatio = (text: string): boolean => {
	const ratio = parseRatio(text);
	return ratio !== undefined && ratio >= bounds.min && ratio <= bounds.max;
};
const common = {
	model: z.string(),
	prompt: z.string().min(1),
	seed: z.number().int().min(0).max(9_999_999_999).optional(),
};
// URLs are NOT FOUND: refused.
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

interface Wanted {
	model: string;
	prompt: string;
	seed?: number | undefined;
	input_image?: string | undefined;
	image?: string | undefined;
	aspect_ratio?: string | undefined;
	output_format?: 'png' | 'jpeg' | undefined;
	safety_tolerance?: number | undefined;
}

/** Some errors are a bare JSON string. */
const bare = (text: string): Buffer => Buffer.from(JSON.stringify(text));

const overloaded = 503;

export const siliconFlow: EmulatedProvider = {
	credentialType: 'fluxKontextSiliconFlowApi',
	basePath: '/v1',
	auth: { header: 'authorization', scheme: 'Bearer ', status: 401, message: 'Invalid token' },
	newApiKey: () => `sk-${randomBytes(24).toString('hex')}`,
	links: { style: 's3', lifeMs: hour },
	invalidStatus: 400,
	errorBody: ({ status, message, details: { code } }) => {
		if (status === 401 || status === 504) return bare(message);
		if (status === 404) return bare('404 page not found');
		if (status === 429)
			return {
				message: 'Request was rejected due to rate limiting. Details:TPM limit reached.',
				data: null,
			};
		if (status === overloaded) return { code: 50505, message, data: null };
		// 20012 is documented, the other code is INFERRED.
		return { code: Number(code ?? 20015), message, data: null };
	},
	routes(app, world) {
		app.post(
			'/images/generations',
			{ config: { stage: 'submit', body: 'json' } },
			async (asked, reply) => {
				const { model } = checked(z.object({ model: z.string() }), asked.body, 400);
				if (!isModel(model))
					throw new Refusal(400, 'Model does not exist. Please check it carefully.', {
						code: '20012',
					});
				const wanted: Wanted = checked(models[model], asked.body, 400);
				const { id, answer } = await make(wanted, asked, world);
				return reply.header('x-siliconcloud-trace-id', id).send(answer);
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

async function make(
	wanted: Wanted,
	asked: FastifyRequest,
	world: World,
): Promise<{ id: string; answer: object }> {
	const input = await inputImage(wanted);
	const { model, prompt, aspect_ratio, output_format } = wanted;
	const shape = input ? Math.min(bounds.max, Math.max(bounds.min, input.width / input.height)) : 1;
	const job = world.accept({
		id: `ti_${randomBytes(9).toString('hex')}`,
		model,
		operation: input ? 'edit' : 'generate',
		prompt,
		seed: wanted.seed ?? null,
		// Dev makes 1024 x 1024, whatever it is given (D3).
		...aboutOneMegapixel(wanted.image === undefined ? (parseRatio(aspect_ratio ?? '') ?? shape) : 1),
		format: output_format ?? 'png',
		inputs: input ? [input.bytes] : [],
		body: asked.body,
	});
	await untilEnded(world, job, asked);
	// How a refused image is told is NOT FOUND.
	if (job.state === 'moderated')
		throw new Refusal(400, 'The prompt or image was flagged as sensitive', { code: '20023' });
	// The documented error of a model in trouble, here with the reason in it.
	if (job.state === 'failed')
		throw new Refusal(overloaded, job.failure ?? 'Model service overloaded. Please try again later.');
	const inference = (job.endsAt - job.startsAt) / 1000;
	return {
		id: job.id,
		answer: { images: [{ url: world.linkTo(job) }], timings: { inference }, seed: job.seed },
	};
}

async function inputImage({
	input_image,
	image: only,
	safety_tolerance = 2,
}: Wanted): Promise<InputImage | undefined> {
	const [field, uri] = only === undefined ? ['input_image', input_image] : ['image', only];
	if (uri === undefined) return undefined;
	// "Limit of 2 for Image to Image": what it says to more is NOT FOUND.
	if (safety_tolerance > 2) throw invalidField(400, 'safety_tolerance', 'must be at most 2 with an image');
	const found = await asInputImage(bytesOfBase64(uri.slice(uri.indexOf(',') + 1).trim()));
	if (!found) throw invalidField(400, field, 'is no image');
	return found;
}
