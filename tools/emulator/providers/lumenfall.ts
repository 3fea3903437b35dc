import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { asInputImage, type InputImage } from '../inputs';
import { type FormFile, valuesOf } from '../multipart';
import { type EmulatedProvider, untilEnded, type World } from '../provider';
import { checked, invalidField, Refusal } from '../refusal';
import { aboutOneMegapixel, parseRatio, parseSize, type Size } from '../sizes';
import type { EmulatedJob } from '../types';

const hour = 3_600_000;
const maxImages = 4;
// "Maximum file size varies by model"; the skill stays below this.
const maxImageBytes = 10_000_000;
const maxSide = 2048;

type Mode = 'generate' | 'edit';
interface Route {
	modes: readonly Mode[];
	/** Which provider's own fields it takes: both where the gateway chooses. */
	upstreams: ReadonlyArray<'fal' | 'replicate'>;
	micros: number;
}
const models: Readonly<Record<string, Route>> = {
	'flux.1-kontext-dev': { modes: ['generate', 'edit'], upstreams: ['fal', 'replicate'], micros: 25_000 },
	// Its price is NOT FOUND.
	'flux.1-kontext-pro': { modes: ['generate', 'edit'], upstreams: ['fal', 'replicate'], micros: 40_000 },
	'fal/flux.1-kontext-dev': { modes: ['generate'], upstreams: ['fal'], micros: 25_000 },
	'fal/flux.1-kontext-dev-edit': { modes: ['edit'], upstreams: ['fal'], micros: 25_000 },
	'replicate/flux.1-kontext-dev': { modes: ['generate', 'edit'], upstreams: ['replicate'], micros: 25_000 },
};
const upstreamFields = {
	fal: ['acceleration', 'enable_safety_checker', 'enhance_prompt', 'resolution_mode', 'sync_mode'],
	replicate: ['disable_safety_checker', 'output_quality'],
} as const;

const sizes: readonly Size[] = [
	[1183, 887],
	[916, 1145],
	[1145, 916],
	[1024, 1024],
	[887, 1182],
	[836, 1254],
	[1254, 836],
	[768, 1365],
	[1365, 768],
	[670, 1564],
	[1563, 670],
].map(([width = 0, height = 0]) => ({ width, height }));

const isSize = (text: string): boolean => {
	const pixels = parseSize(text, 'x');
	const sidesFit = pixels !== undefined && Math.max(pixels.width, pixels.height) <= 14_142;
	return text === 'auto' || sidesFit || parseRatio(text) !== undefined;
};
const ratioText = z.string().refine((text) => parseRatio(text) !== undefined, 'must be W:H');

// What is not known goes "straight through to the upstream"; a client sends none, so it is refused.
const request = z
	.object({
		model: z.string(),
		prompt: z.string().min(1).max(1000, 'Too big: expected string to have <=1000 characters'),
		size: z.string().refine(isSize, 'must be auto, WxH or W:H').optional(),
		aspect_ratio: ratioText.optional(),
		resolution: z.enum(['auto', '1K', '2K', '4K']).optional(),
		seed: z.number().int().optional(),
		n: z.number().int().min(1).max(10).optional(),
		response_format: z.enum(['url', 'b64_json']).optional(),
		output_format: z.enum(['png', 'jpeg', 'gif', 'webp', 'avif']).optional(),
		output_compression: z.number().int().min(0).max(100).optional(),
		cfg_scale: z.number().optional(),
		num_inference_steps: z.number().int().min(1).optional(),
		acceleration: z.enum(['none', 'regular', 'high']).optional(),
		enable_safety_checker: z.boolean().optional(),
		disable_safety_checker: z.boolean().optional(),
		enhance_prompt: z.boolean().optional(),
		output_quality: z.number().int().min(0).max(100).optional(),
		resolution_mode: z.enum(['auto', 'match_input']).or(ratioText).optional(),
		sync_mode: z.literal(false).optional(),
	})
	.strict();
type Wanted = z.infer<typeof request>;

const types = {
	seed: 'number',
	n: 'number',
	output_compression: 'number',
	cfg_scale: 'number',
	num_inference_steps: 'number',
	output_quality: 'number',
	enable_safety_checker: 'boolean',
	disable_safety_checker: 'boolean',
	enhance_prompt: 'boolean',
	sync_mode: 'boolean',
} as const;

const codes: Readonly<Record<number, [code: string, type: string]>> = {
	401: ['AUTHENTICATION_FAILED', 'authentication_error'],
	402: ['INSUFFICIENT_BALANCE', 'insufficient_quota'],
	404: ['MODEL_NOT_FOUND', 'invalid_request_error'],
	429: ['RATE_LIMITED', 'rate_limit_error'],
	502: ['ALL_PROVIDERS_EXHAUSTED', 'api_error'],
};

const errorBody = ({ status, message, details }: Refusal) => {
	const fallback =
		status < 500 ? ['INVALID_REQUEST', 'invalid_request_error'] : ['UPSTREAM_ERROR', 'api_error'];
	const [code, type] = codes[status] ?? fallback;
	return { error: { message, type, code: details.code ?? code } };
};

export const lumenfall: EmulatedProvider = {
	credentialType: 'fluxKontextLumenfallApi',
	basePath: '',
	auth: { header: 'authorization', scheme: 'Bearer ', status: 401, message: 'Invalid API key' },
	newApiKey: () => `lmnfl_${randomBytes(6).toString('hex')}.${randomBytes(16).toString('hex')}`,
	links: { style: 's3', lifeMs: hour },
	invalidStatus: 400,
	errorBody,
	routes(app, world) {
		const generationRoute = { config: { stage: 'submit', body: 'json' } } as const;
		app.post('/openai/v1/images/generations', generationRoute, async (asked, reply) => {
			const wanted = checkedFor('generate', asked.body);
			return isDryRun(asked) ? estimate(wanted) : await make(wanted, [], asked, reply, world);
		});

		const editRoute = { config: { stage: 'submit', body: 'multipart' } } as const;
		app.post('/openai/v1/images/edits', editRoute, async (asked, reply) => {
			const form = asked.form ?? { fields: {}, files: [] };
			const wanted = checkedFor('edit', valuesOf(form, types));
			const images = await inputImages(form.files);
			return isDryRun(asked) ? estimate(wanted) : await make(wanted, images, asked, reply, world);
		});

		const available = { amount: 12.5, currency: 'usd' };
		const test = { config: { stage: 'credentialTest' } } as const;
		app.get('/v1/balance', test, () => ({ object: 'balance', billing_type: 'prepaid', available }));
		const data = Object.keys(models).map((id) => ({ id, object: 'model' }));
		app.get('/openai/v1/models', test, () => ({ object: 'list', data }));
	},
};

/** An estimate is no submit: nothing is made, nothing is billed. */
function isDryRun({ query, record }: FastifyRequest): boolean {
	const dry = (query as Record<string, unknown>)['dryRun'] === 'true';
	if (dry) record.stage = 'other';
	return dry;
}

function checkedFor(mode: Mode, body: unknown): Wanted {
	const wanted = checked(request, body, 400);
	const route = Object.hasOwn(models, wanted.model) ? models[wanted.model] : undefined;
	if (!route) throw new Refusal(404, `Model ${wanted.model} not found`);
	const { modes, upstreams } = route;
	if (!modes.includes(mode)) throw new Refusal(400, `${wanted.model} does not support this mode`);
	for (const [upstream, fields] of Object.entries(upstreamFields)) {
		const stranger = fields.find((field) => wanted[field] !== undefined);
		if (stranger !== undefined && !upstreams.some((each) => each === upstream))
			throw invalidField(400, stranger, `is for ${upstream} only`);
	}
	return wanted;
}

async function inputImages(files: readonly FormFile[]): Promise<InputImage[]> {
	const stranger = files.find(({ field }) => field !== 'image' && field !== 'image[]');
	if (stranger) throw invalidField(400, stranger.field, 'is not a known file');
	if (files.length === 0) throw invalidField(400, 'image', 'is required');
	if (files.length > maxImages)
		throw new Refusal(400, `This model does not support multiple input images above ${maxImages}`);
	return await Promise.all(files.map(asImage));
}

async function asImage({ bytes, mimeType, field }: FormFile): Promise<InputImage> {
	if (bytes.length > maxImageBytes) throw invalidField(400, field, 'is larger than 10 MB');
	const image = await asInputImage(bytes);
	if (!image || !['png', 'jpeg', 'webp'].includes(image.format))
		throw invalidField(400, field, 'must be a PNG, JPEG or WebP image');
	if (image.mimeType !== mimeType) throw invalidField(400, field, `is ${image.mimeType}, not ${mimeType}`);
	return image;
}

const ratioOf = ({ width, height }: Size): number => width / height;

/** "We pick the closest supported ratio." */
const nearest = (ratio: number): Size =>
	sizes.reduce((best, size) =>
		Math.abs(Math.log(ratioOf(size) / ratio)) < Math.abs(Math.log(ratioOf(best) / ratio)) ? size : best,
	);

/** "If a model has pixel limits, we clamp dimensions to fit and keep the aspect ratio intact." */
function clamped({ width, height }: Size): Size {
	const scale = Math.min(1, maxSide / Math.max(width, height));
	return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

/** `size` beats `aspect_ratio`; without a word about the size the documented default holds (INFERRED for an edit). */
function sizeOf(
	{ size = '', aspect_ratio = '', resolution_mode = '' }: Wanted,
	[first]: readonly InputImage[],
): Size {
	const pixels = parseSize(size, 'x');
	if (pixels) return clamped(pixels);
	const ratio = parseRatio(size) ?? parseRatio(aspect_ratio) ?? parseRatio(resolution_mode);
	if (ratio !== undefined) return nearest(ratio);
	const matches = size === 'auto' || resolution_mode !== '';
	return first && matches ? aboutOneMegapixel(ratioOf(first)) : { width: 1024, height: 1024 };
}

const microsOf = ({ model, n = 1 }: Wanted): number => (models[model]?.micros ?? 0) * n;
const upstreamOf = ({ model }: Wanted): 'fal' | 'replicate' => models[model]?.upstreams[0] ?? 'fal';

function estimate(wanted: Wanted): object {
	const { model, n = 1 } = wanted;
	const total = microsOf(wanted);
	const component = { type: 'output', metric: 'image', quantity: n, billable_quantity: n };
	return {
		estimated: true,
		model,
		provider: upstreamOf(wanted),
		total_cost_micros: total,
		currency: 'USD',
		// The unit of the price is doubtful.
		components: [{ ...component, unit_price: total / n, total_cost: total }],
	};
}

async function make(
	wanted: Wanted,
	inputs: readonly InputImage[],
	asked: FastifyRequest,
	reply: FastifyReply,
	world: World,
): Promise<unknown> {
	const quality = wanted.output_quality ?? wanted.output_compression;
	const job = world.accept({
		id: `req_${randomBytes(9).toString('base64url')}`,
		model: wanted.model,
		operation: inputs.length > 0 ? 'edit' : 'generate',
		prompt: wanted.prompt,
		seed: wanted.seed ?? null,
		...sizeOf(wanted, inputs),
		format: wanted.output_format ?? 'png',
		...(quality !== undefined && { quality }),
		inputs: inputs.map(({ bytes }) => bytes),
		body: asked.record.body,
	});
	reply.headers({
		'X-Lumenfall-Request-Id': job.id,
		'X-Lumenfall-Provider': upstreamOf(wanted),
		'X-Lumenfall-Model': wanted.model,
	});
	await untilEnded(world, job, asked);
	refuseUnfinished(job);
	// An error in an answer of 200 is what its own clients look for, too.
	if (job.state === 'failed')
		return { error: { message: job.failure, type: 'api_error', code: 'UPSTREAM_ERROR' } };
	return await answer(wanted, job, world);
}

function refuseUnfinished({ state, number, failure }: EmulatedJob): void {
	const code = 'CONTENT_POLICY_VIOLATION';
	if (state === 'moderated') throw new Refusal(400, 'The prompt was refused: violence', { code });
	if (state === 'failed' && number % 2 === 1) throw new Refusal(502, failure ?? 'All providers failed');
}

async function answer(wanted: Wanted, job: EmulatedJob, world: World): Promise<object> {
	const { n = 1, response_format, model } = wanted;
	const image = async (index: number) =>
		response_format === 'b64_json'
			? { b64_json: (await world.picture(job, index)).toString('base64') }
			: { url: world.linkTo(job, index) };
	const images = await Promise.all(Array.from({ length: n }, async (_, index) => await image(index)));
	const provider = upstreamOf(wanted);
	return {
		created: Math.floor(job.endsAt / 1000),
		size: `${job.width}x${job.height}`,
		data: images.map((each) => ({ ...each, revised_prompt: job.prompt })),
		metadata: {
			model,
			executed_model: model.includes('/') ? model : `${provider}/${model}`,
			provider,
			provider_name: provider === 'fal' ? 'fal.ai' : 'Replicate',
			cost: microsOf(wanted) / 1_000_000,
			cost_currency: 'USD',
			attempts: [],
		},
	};
}
