import type { FastifyInstance } from 'fastify';
import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ApiError, validate } from '../../apiError';
import { fastApiErrorBody } from '../../errorBodies';
import { decodeDataUri, decodeInputImage, fetchBytes, type InputImage, isDataUri } from '../../inputs';
import { type EmulatedProvider, type ProviderContext, reportedState } from '../../provider';
import { aboutOneMegapixel, parseRatio } from '../../sizes';
import type { EmulatedJob } from '../../types';
import { resultOf, statusBody, statusNames, unreadableImage } from './responses';
import { type Endpoint, endpoints, ownerAndApp, type Payload, schemas, submitQuery } from './schemas';
import { jwks, webhookTo } from './webhook';

const weekMs = 604_800_000;

type ById = { Params: { id: string } };

/** Code of the queue's own errors, whose body is a status; all other errors have a `detail`. */
const queueError = 'queue';

/** The queue API of fal. */
export const fal: EmulatedProvider = {
	credentialType: 'fluxKontextFalApi',
	basePath: '',
	// The text is INFERRED.
	auth: {
		header: 'authorization',
		scheme: 'Key ',
		status: 401,
		message: 'Cannot access application. Authentication is required.',
	},
	newApiKey: () => `${randomUUID()}:${randomBytes(16).toString('hex')}`,
	links: { style: 's3', lifeMs: weekMs },
	invalidStatus: 422,
	errorBody: (error) =>
		error.details.code === queueError ? { status: error.message } : fastApiErrorBody(error),
	routes(app, context) {
		for (const endpoint of endpoints) addSubmitRoute(app, endpoint, context);

		// The docs show URLs with the whole endpoint, fal's clients build them from owner and app: both work.
		for (const prefix of new Set([...endpoints.map(ownerAndApp), ...endpoints]))
			addJobRoutes(app, prefix, context);

		// On another host, rest.fal.ai (older pages: rest.alpha.fal.ai).
		app.get('/.well-known/jwks.json', { config: { stage: 'other', isOpen: true } }, () => jwks);

		// On another host, api.fal.ai (D3): "valid API key required".
		app.get('/v1/models/pricing', { config: { stage: 'credentialTest' } }, ({ query }) => {
			const { endpoint_id } = validate(z.object({ endpoint_id: z.string() }), query, 422, 'query');
			return {
				prices: [{ endpoint_id, unit_price: 0.04, unit: 'image', currency: 'USD' }],
				has_more: false,
			};
		});
	},
};

function addSubmitRoute(app: FastifyInstance, endpoint: Endpoint, context: ProviderContext): void {
	const route = { config: { stage: 'submit', body: 'json' } } as const;
	app.post(`/${endpoint}`, route, async ({ body, query }) => {
		const payload = validate(schemas[endpoint], body, 422);
		const { fal_webhook } = validate(submitQuery, query, 422, 'query');
		return submit(endpoint, payload, body, context, fal_webhook);
	});
}

/** Adds the routes of the jobs under one of the prefixes of their URLs. */
function addJobRoutes(app: FastifyInstance, prefix: string, context: ProviderContext): void {
	const jobPath = `/${prefix}/requests/:id`;
	app.get<ById>(`${jobPath}/status`, { config: { stage: 'status' } }, (request, reply) => {
		const job = requireJob(context, request.params.id, prefix);
		const state = reportedState(request, job);
		// Whether a pending job answers 200 or 202 is NOT FOUND.
		if (statusNames[state] !== 'COMPLETED' && job.number % 2 === 1) reply.code(202);
		return statusBody(job, state, context);
	});

	for (const path of [jobPath, `${jobPath}/response`])
		app.get<ById>(path, { config: { stage: 'result' } }, ({ params }, reply) => {
			const job = requireJob(context, params.id, prefix);
			const { status, headers, body } = resultOf(job, context);
			return reply.code(status).headers(headers).send(body);
		});

	app.put<ById>(`${jobPath}/cancel`, { config: { stage: 'cancel' } }, ({ params }, reply) => {
		const job = requireJob(context, params.id, prefix);
		if (!context.cancel(job)) throw new ApiError(400, 'ALREADY_COMPLETED', { code: queueError });
		return reply.code(202).send({ status: 'CANCELLATION_REQUESTED' });
	});
}

async function submit(
	endpoint: Endpoint,
	payload: Payload,
	body: unknown,
	context: ProviderContext,
	webhookUrl?: string,
): Promise<unknown> {
	const imageUrls = payload.image_urls ?? [payload.image_url].filter((url) => url !== undefined);
	const images = (await Promise.all(imageUrls.map(loadImage))).filter((image) => image !== undefined);
	const [first] = images;
	const ratio =
		parseRatio(payload.aspect_ratio ?? payload.resolution_mode ?? '') ??
		(first ? first.width / first.height : 1);
	const draft = {
		id: randomUUID(),
		model: endpoint,
		operation: imageUrls.length > 0 ? ('edit' as const) : ('generate' as const),
		prompt: payload.prompt,
		seed: payload.seed ?? null,
		...aboutOneMegapixel(ratio),
		format: payload.output_format ?? 'jpeg',
		inputs: images.map(({ bytes }) => bytes),
		...(images.length < imageUrls.length && { failure: unreadableImage }),
		body,
	};
	const webhook = webhookUrl === undefined ? undefined : webhookTo(webhookUrl, context);
	return submitBody(context.accept(draft, webhook), endpoint, webhookUrl !== undefined, context);
}

/**
 * Returns the response to a submit, in one of the documented forms for odd jobs and in the other for even
 * ones.
 */
function submitBody(
	job: EmulatedJob,
	endpoint: Endpoint,
	hasWebhook: boolean,
	context: ProviderContext,
): object {
	const isOdd = job.number % 2 === 1;
	const ids = { request_id: job.id, ...(hasWebhook && { gateway_request_id: job.id }) };
	// The page on webhooks shows the two ids alone, the page on the queue shows more.
	if (hasWebhook && !isOdd) return ids;
	const jobUrl = `${context.baseUrl}/${isOdd ? ownerAndApp(endpoint) : endpoint}/requests/${job.id}`;
	return {
		status: 'IN_QUEUE',
		...ids,
		response_url: isOdd ? jobUrl : `${jobUrl}/response`,
		status_url: `${jobUrl}/status`,
		cancel_url: `${jobUrl}/cancel`,
		queue_position: 0,
	};
}

async function loadImage(url: string): Promise<InputImage | undefined> {
	return await decodeInputImage(isDataUri(url) ? decodeDataUri(url) : await fetchBytes(url));
}

function requireJob(context: ProviderContext, id: string, prefix: string): EmulatedJob {
	const job = context.find(id);
	if (!job || ![job.model, ownerAndApp(job.model)].includes(prefix))
		throw new ApiError(404, 'NOT_FOUND', { code: queueError });
	return job;
}
