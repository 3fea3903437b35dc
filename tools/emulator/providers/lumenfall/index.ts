import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError, fieldError } from '../../apiError';
import { decodeInputImage, type InputImage } from '../../inputs';
import { type FormFile, valuesOf } from '../../multipart';
import { type EmulatedProvider, type ProviderContext, waitForJobEnd } from '../../provider';
import type { EmulatedJob } from '../../types';
import { models, type Upstream } from './models';
import { fieldTypes, type Payload, validateFor } from './schemas';
import { sizeOf } from './sizes';

const hourMs = 3_600_000;
const maxImages = 4;
// "Maximum file size varies by model"; the skill keeps images below this.
const maxImageBytes = 10_000_000;

const errorCodes: Readonly<Record<number, [code: string, type: string]>> = {
	401: ['AUTHENTICATION_FAILED', 'authentication_error'],
	402: ['INSUFFICIENT_BALANCE', 'insufficient_quota'],
	404: ['MODEL_NOT_FOUND', 'invalid_request_error'],
	429: ['RATE_LIMITED', 'rate_limit_error'],
	502: ['ALL_PROVIDERS_EXHAUSTED', 'api_error'],
};

const errorBody = ({ status, message, details }: ApiError) => {
	const fallback =
		status < 500 ? ['INVALID_REQUEST', 'invalid_request_error'] : ['UPSTREAM_ERROR', 'api_error'];
	const [code, type] = errorCodes[status] ?? fallback;
	return { error: { message, type, code: details.code ?? code } };
};

/** The API of Lumenfall, a gateway with OpenAI's image API. */
export const lumenfall: EmulatedProvider = {
	credentialType: 'fluxKontextLumenfallApi',
	basePath: '',
	auth: { header: 'authorization', scheme: 'Bearer ', status: 401, message: 'Invalid API key' },
	newApiKey: () => `lmnfl_${randomBytes(6).toString('hex')}.${randomBytes(16).toString('hex')}`,
	links: { style: 's3', lifeMs: hourMs },
	invalidStatus: 400,
	errorBody,
	routes(app, context) {
		const generationRoute = { config: { stage: 'submit', body: 'json' } } as const;
		app.post('/openai/v1/images/generations', generationRoute, async (request, reply) => {
			const payload = validateFor('generate', request.body);
			return isDryRun(request)
				? estimate(payload)
				: await createImages(payload, [], request, reply, context);
		});

		const editRoute = { config: { stage: 'submit', body: 'multipart' } } as const;
		app.post('/openai/v1/images/edits', editRoute, async (request, reply) => {
			const form = request.form ?? { fields: {}, files: [] };
			const payload = validateFor('edit', valuesOf(form, fieldTypes));
			const images = await inputImages(form.files);
			return isDryRun(request)
				? estimate(payload)
				: await createImages(payload, images, request, reply, context);
		});

		const available = { amount: 12.5, currency: 'usd' };
		const test = { config: { stage: 'credentialTest' } } as const;
		app.get('/v1/balance', test, () => ({ object: 'balance', billing_type: 'prepaid', available }));
		const data = Object.keys(models).map((id) => ({ id, object: 'model' }));
		app.get('/openai/v1/models', test, () => ({ object: 'list', data }));
	},
};

/**
 * Reports whether only an estimate is requested, and records such a request as no submit: it is not billed.
 */
function isDryRun({ query, record }: FastifyRequest): boolean {
	const isDry = (query as Record<string, unknown>)['dryRun'] === 'true';
	if (isDry) record.stage = 'other';
	return isDry;
}

async function inputImages(files: readonly FormFile[]): Promise<InputImage[]> {
	const unknownFile = files.find(({ field }) => field !== 'image' && field !== 'image[]');
	if (unknownFile) throw fieldError(400, unknownFile.field, 'is not a known file');
	if (files.length === 0) throw fieldError(400, 'image', 'is required');
	if (files.length > maxImages)
		throw new ApiError(400, `This model does not support multiple input images above ${maxImages}`);
	return await Promise.all(files.map(decodeFile));
}

async function decodeFile({ bytes, mimeType, field }: FormFile): Promise<InputImage> {
	if (bytes.length > maxImageBytes) throw fieldError(400, field, 'is larger than 10 MB');
	const image = await decodeInputImage(bytes);
	if (!image || !['png', 'jpeg', 'webp'].includes(image.format))
		throw fieldError(400, field, 'must be a PNG, JPEG or WebP image');
	if (image.mimeType !== mimeType) throw fieldError(400, field, `is ${image.mimeType}, not ${mimeType}`);
	return image;
}

const microsOf = ({ model, n = 1 }: Payload): number => (models[model]?.micros ?? 0) * n;
const upstreamOf = ({ model }: Payload): Upstream => models[model]?.upstreams[0] ?? 'fal';

function estimate(payload: Payload): object {
	const { model, n = 1 } = payload;
	const total = microsOf(payload);
	const component = { type: 'output', metric: 'image', quantity: n, billable_quantity: n };
	return {
		estimated: true,
		model,
		provider: upstreamOf(payload),
		total_cost_micros: total,
		currency: 'USD',
		// The unit of the price is unclear in the documentation.
		components: [{ ...component, unit_price: total / n, total_cost: total }],
	};
}

async function createImages(
	payload: Payload,
	inputs: readonly InputImage[],
	request: FastifyRequest,
	reply: FastifyReply,
	context: ProviderContext,
): Promise<unknown> {
	const quality = payload.output_quality ?? payload.output_compression;
	const job = context.accept({
		id: `req_${randomBytes(9).toString('base64url')}`,
		model: payload.model,
		operation: inputs.length > 0 ? 'edit' : 'generate',
		prompt: payload.prompt,
		seed: payload.seed ?? null,
		...sizeOf(payload, inputs),
		format: payload.output_format ?? 'png',
		...(quality !== undefined && { quality }),
		inputs: inputs.map(({ bytes }) => bytes),
		body: request.record.body,
	});
	reply.headers({
		'X-Lumenfall-Request-Id': job.id,
		'X-Lumenfall-Provider': upstreamOf(payload),
		'X-Lumenfall-Model': payload.model,
	});
	await waitForJobEnd(context, job, request);
	throwFailure(job);
	// Lumenfall's own clients also look for an error in a response with the status 200.
	if (job.state === 'failed')
		return { error: { message: job.failure, type: 'api_error', code: 'UPSTREAM_ERROR' } };
	return await responseBody(payload, job, context);
}

/** Throws the ApiError of a moderated job and of every second failed one. */
function throwFailure({ state, number, failure }: EmulatedJob): void {
	const code = 'CONTENT_POLICY_VIOLATION';
	if (state === 'moderated') throw new ApiError(400, 'The prompt was refused: violence', { code });
	if (state === 'failed' && number % 2 === 1) throw new ApiError(502, failure ?? 'All providers failed');
}

async function responseBody(payload: Payload, job: EmulatedJob, context: ProviderContext): Promise<object> {
	const { n = 1, response_format, model } = payload;
	const image = async (index: number) =>
		response_format === 'b64_json'
			? { b64_json: (await context.picture(job, index)).toString('base64') }
			: { url: context.linkTo(job, index) };
	const images = await Promise.all(Array.from({ length: n }, async (_, index) => await image(index)));
	const provider = upstreamOf(payload);
	return {
		created: Math.floor(job.endsAt / 1000),
		size: `${job.width}x${job.height}`,
		data: images.map((entry) => ({ ...entry, revised_prompt: job.prompt })),
		metadata: {
			model,
			executed_model: model.includes('/') ? model : `${provider}/${model}`,
			provider,
			provider_name: provider === 'fal' ? 'fal.ai' : 'Replicate',
			cost: microsOf(payload) / 1_000_000,
			cost_currency: 'USD',
			attempts: [],
		},
	};
}
