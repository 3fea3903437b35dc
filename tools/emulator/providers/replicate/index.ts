import type { FastifyInstance } from 'fastify';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { ApiError, fieldError, validate } from '../../apiError';
import { decodeDataUri, decodeInputImage, fetchBytes, type InputImage, isDataUri } from '../../inputs';
import { isActive } from '../../jobs';
import { type EmulatedProvider, type ProviderContext, reportedState, waitForJobEnd } from '../../provider';
import { aboutOneMegapixel, parseRatio } from '../../sizes';
import type { EmulatedJob } from '../../types';
import type { Webhook } from '../../webhooks/webhook';
import { keptMs, prediction, statusNames } from './prediction';
import { envelope, type Input, isModel, type Model, models, owner } from './schemas';
import { signingSecret, webhookTo } from './webhook';

type ByModel = { Params: { owner: string; name: string } };
type ById = { Params: { id: string } };

const titles: Record<number, string> = {
	401: 'Unauthenticated',
	// The body of a 402 is NOT FOUND.
	402: 'Insufficient credit',
	404: 'Not Found',
	422: 'Input validation failed',
};

/** The API of Replicate, which calls a job a prediction. */
export const replicate: EmulatedProvider = {
	credentialType: 'fluxKontextReplicateApi',
	basePath: '/v1',
	auth: {
		header: 'authorization',
		scheme: 'Bearer ',
		status: 401,
		message: 'You did not pass a valid authentication token',
	},
	newApiKey: () => `r8_${randomBytes(19).toString('base64url').slice(0, 37)}`,
	links: { style: 's3', lifeMs: keptMs },
	invalidStatus: 422,
	errorBody,
	routes(app, context) {
		addSubmitRoute(app, context);
		addJobRoutes(app, context);

		app.get('/webhooks/default/secret', { config: { stage: 'other' } }, () => ({ key: signingSecret }));

		app.get('/account', { config: { stage: 'credentialTest' } }, () => ({
			type: 'user',
			username: 'emulator',
			name: 'Emulator',
			github_url: null,
			avatar_url: null,
		}));
	},
};

function errorBody({ status, message, details: { issues } }: ApiError): object {
	// The documented text has no title and no status.
	if (status === 429) return { detail: 'Request was throttled. Your rate limit resets in ~30s.' };
	const title = titles[status] ?? 'Error';
	if (!issues) return { detail: message, status, title };
	const invalid_fields = issues.map(({ path, message: description, code }) => ({
		type: code === 'invalid_enum_value' ? 'enum' : code,
		field: path.join('.'),
		description,
	}));
	const detail = invalid_fields.map(({ field, description }) => `- ${field}: ${description}\n`).join('');
	return { detail, status, title, invalid_fields };
}

const perMinute = (count: number) => ({ count, ms: 60_000 });

function addSubmitRoute(app: FastifyInstance, context: ProviderContext): void {
	const config = { stage: 'submit', body: 'json', limit: perMinute(600) } as const;
	app.post<ByModel>('/models/:owner/:name/predictions', { config }, async (request, reply) => {
		const { params, body, headers } = request;
		if (params.owner !== owner || !isModel(params.name))
			throw new ApiError(404, 'The requested resource could not be found.');
		const waitMs = parseWaitMs(headers['prefer']);
		const webhook = webhookTo(validate(envelope, body, 422), context);
		const { input } = validate(
			z.object({ input: models[params.name].input }),
			{ input: (body as { input: unknown }).input },
			422,
		);
		const job = await submit(params.name, input, body, context, webhook);
		await waitForJobEnd(context, job, request, waitMs);
		// 201 with the image if it was ready in time, 202 otherwise.
		return reply.code(isActive(job) ? 202 : 201).send(prediction(job, statusNames[job.state], context));
	});
}

function addJobRoutes(app: FastifyInstance, context: ProviderContext): void {
	const config = { stage: 'status', limit: perMinute(3_000) } as const;
	app.get<ById>('/predictions/:id', { config }, (request) => {
		const job = requireJob(context, request.params.id);
		return prediction(job, statusNames[reportedState(request, job)], context);
	});

	app.post<ById>('/predictions/:id/cancel', { config: { stage: 'cancel' } }, ({ params }) => {
		const job = requireJob(context, params.id);
		context.cancel(job);
		return prediction(job, statusNames[job.state], context);
	});
}

/** Returns the milliseconds that `Prefer: wait` or `wait=1` to `wait=60` requests; 0 without the header. */
function parseWaitMs(header: string | string[] | undefined): number {
	if (header === undefined) return 0;
	const match = /^wait(?:=([1-9]|[1-5][0-9]|60))?$/.exec(String(header));
	if (!match) throw fieldError(422, 'Prefer', 'must be wait or wait=1 to wait=60');
	return Number(match[1] ?? 60) * 1000;
}

async function submit(
	name: Model,
	input: Input,
	body: unknown,
	context: ProviderContext,
	webhook: Webhook | undefined,
): Promise<EmulatedJob> {
	requireAllowedTolerance(input);
	const isEdit = input.input_image !== undefined;
	const image = await loadImage(input.input_image);
	const ratio = parseRatio(input.aspect_ratio ?? '') ?? (image ? image.width / image.height : 1);
	const format = input.output_format ?? models[name].format;
	return context.accept(
		{
			id: newId(),
			model: `${owner}/${name}`,
			operation: isEdit ? 'edit' : 'generate',
			prompt: input.prompt,
			seed: input.seed ?? null,
			...aboutOneMegapixel(ratio),
			format: format === 'jpg' ? 'jpeg' : format,
			...(input.output_quality !== undefined && { quality: Math.max(1, input.output_quality) }),
			inputs: image ? [image.bytes] : [],
			// The text is INFERRED.
			...(isEdit && !isSupported(image) && { failure: 'The input image could not be read' }),
			body,
		},
		webhook,
	);
}

/**
 * Throws an ApiError for more tolerance than an edit may have: "2 is currently the maximum allowed when input
 * images are used". The response to more is NOT FOUND.
 */
function requireAllowedTolerance({ input_image, safety_tolerance = 2 }: Input): void {
	if (input_image !== undefined && safety_tolerance > 2)
		throw fieldError(
			422,
			'input.safety_tolerance',
			'Must be less than or equal to 2 when an input image is used',
		);
}

async function loadImage(url: string | undefined): Promise<InputImage | undefined> {
	if (url === undefined) return undefined;
	return await decodeInputImage(isDataUri(url) ? decodeDataUri(url) : await fetchBytes(url));
}

const isSupported = (image: InputImage | undefined): boolean =>
	image !== undefined && ['png', 'jpeg', 'gif', 'webp'].includes(image.format);

const newId = (): string =>
	randomBytes(16)
		.toString('base64url')
		.toLowerCase()
		.replace(/[^a-z0-9]/g, '0');

function requireJob(context: ProviderContext, id: string): EmulatedJob {
	const job = context.find(id);
	if (!job) throw new ApiError(404, 'The requested resource could not be found.');
	return job;
}
