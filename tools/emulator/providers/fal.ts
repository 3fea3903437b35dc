import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Callback } from '../callbacks/callback';
import { falSignature } from '../callbacks/signatures';
import { asInputImage, bytesOfDataUri, fetchBytes, type InputImage, isDataUri, isHttpUrl } from '../inputs';
import { type EmulatedProvider, shownState, type World } from '../provider';
import { checked, Refusal } from '../refusal';
import { fastApiError } from '../shapes';
import { aboutOneMegapixel, parseRatio } from '../sizes';
import type { EmulatedJob, JobState } from '../types';

const week = 604_800_000;

const address = z
	.string()
	.refine((text) => isHttpUrl(text) || isDataUri(text), 'must be the URL or a data URI of an image');
const common = {
	prompt: z.string().min(1),
	guidance_scale: z.number().min(1).max(20).optional(),
	num_images: z.number().int().min(1).max(4).optional(),
	output_format: z.enum(['jpeg', 'png']).optional(),
	seed: z.number().int().optional(),
	sync_mode: z.literal(false).optional(),
	enhance_prompt: z.boolean().optional(),
};
const ratio = z.enum(['21:9', '16:9', '4:3', '3:2', '1:1', '2:3', '3:4', '9:16', '9:21']);
const pro = {
	...common,
	aspect_ratio: ratio.optional(),
	safety_tolerance: z.enum(['1', '2', '3', '4', '5', '6']).optional(),
};
const dev = {
	...common,
	// 10 to 50 says a third party (D3).
	num_inference_steps: z.number().int().min(10).max(50).optional(),
	enable_safety_checker: z.boolean().optional(),
	acceleration: z.enum(['none', 'regular', 'high']).optional(),
};
const resolutionMode = z.enum([
	'auto',
	'match_input',
	...['1:1', '16:9', '21:9', '3:2', '2:3', '4:5', '5:4', '3:4', '4:3', '9:16', '9:21'],
]);
const single = { image_url: address };
// How many images it takes is NOT FOUND; four is what the model takes elsewhere.
const multi = { image_urls: z.array(address).min(1).max(4) };

// Unknown fields are refused, though what fal does with them is NOT FOUND: a client sends none.
const schemas = {
	'fal-ai/flux-pro/kontext': z.object({ ...pro, ...single }).strict(),
	'fal-ai/flux-pro/kontext/max': z.object({ ...pro, ...single }).strict(),
	'fal-ai/flux-pro/kontext/text-to-image': z.object(pro).strict(),
	'fal-ai/flux-pro/kontext/max/text-to-image': z.object(pro).strict(),
	'fal-ai/flux-pro/kontext/multi': z.object({ ...pro, ...multi }).strict(),
	'fal-ai/flux-pro/kontext/max/multi': z.object({ ...pro, ...multi }).strict(),
	'fal-ai/flux-kontext/dev': z
		.object({ ...dev, ...single, resolution_mode: resolutionMode.optional() })
		.strict(),
	// Named by a third party only (D3); its schema is INFERRED from the edit's.
	'fal-ai/flux-kontext/dev/text-to-image': z.object(dev).strict(),
};
// What it says to an address that is none is NOT FOUND.
const submitQuery = z
	.object({
		fal_webhook: z.string().refine(isHttpUrl, 'must be a URL').optional(),
		fal_max_queue_length: z.string().regex(/^\d+$/).optional(),
	})
	.strict();

type Endpoint = keyof typeof schemas;
const endpoints = Object.keys(schemas) as Endpoint[];

interface Wanted {
	prompt: string;
	num_images?: number | undefined;
	output_format?: 'jpeg' | 'png' | undefined;
	seed?: number | undefined;
	aspect_ratio?: string | undefined;
	resolution_mode?: string | undefined;
	image_url?: string | undefined;
	image_urls?: string[] | undefined;
}

type ById = { Params: { id: string } };

const words: Record<JobState | 'unknown', string> = {
	queued: 'IN_QUEUE',
	running: 'IN_PROGRESS',
	succeeded: 'COMPLETED',
	// "COMPLETED" means that the job has ended, well or not.
	failed: 'COMPLETED',
	moderated: 'COMPLETED',
	cancelled: 'COMPLETED',
	unknown: 'DAYDREAMING',
};

/** The queue's own errors are a status word, all others have a detail. */
const queueWord = 'queue';

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
	links: { style: 's3', lifeMs: week },
	invalidStatus: 422,
	errorBody: (refusal) =>
		refusal.details.code === queueWord ? { status: refusal.message } : fastApiError(refusal),
	routes(app, world) {
		for (const endpoint of endpoints)
			app.post(
				`/${endpoint}`,
				{ config: { stage: 'submit', body: 'json' } },
				async ({ body, query }) => {
					const wanted = checked(schemas[endpoint], body, 422);
					return submit(
						endpoint,
						wanted,
						body,
						world,
						checked(submitQuery, query, 422, 'query').fal_webhook,
					);
				},
			);

		// The docs show addresses with the whole endpoint, fal's clients build them from owner and app: both work.
		const apps = new Set(endpoints.map((endpoint) => endpoint.split('/').slice(0, 2).join('/')));
		for (const prefix of new Set([...apps, ...endpoints])) {
			app.get<ById>(
				`/${prefix}/requests/:id/status`,
				{ config: { stage: 'status' } },
				(asked, reply) => {
					const job = found(world, asked.params.id, prefix);
					const shown = shownState(asked, job);
					// Whether a pending job answers 200 or 202 is NOT FOUND.
					if (words[shown] !== 'COMPLETED' && job.number % 2 === 1) reply.code(202);
					return statusBody(job, shown, world);
				},
			);

			for (const end of ['', '/response'])
				app.get<ById>(
					`/${prefix}/requests/:id${end}`,
					{ config: { stage: 'result' } },
					(asked, reply) => {
						const { status, headers, body } = result(
							found(world, asked.params.id, prefix),
							world,
						);
						return reply.code(status).headers(headers).send(body);
					},
				);

			app.put<ById>(
				`/${prefix}/requests/:id/cancel`,
				{ config: { stage: 'cancel' } },
				(asked, reply) => {
					const job = found(world, asked.params.id, prefix);
					if (!world.cancel(job)) throw new Refusal(400, 'ALREADY_COMPLETED', { code: queueWord });
					return reply.code(202).send({ status: 'CANCELLATION_REQUESTED' });
				},
			);
		}

		// Of another host, rest.fal.ai (older pages: rest.alpha.fal.ai).
		app.get('/.well-known/jwks.json', { config: { stage: 'other', isOpen: true } }, () => jwks);

		// Of the other host, api.fal.ai (D3): "valid API key required".
		app.get('/v1/models/pricing', { config: { stage: 'credentialTest' } }, ({ query }) => {
			const { endpoint_id } = checked(z.object({ endpoint_id: z.string() }), query, 422, 'query');
			return {
				prices: [{ endpoint_id, unit_price: 0.04, unit: 'image', currency: 'USD' }],
				has_more: false,
			};
		});
	},
};

async function submit(
	endpoint: Endpoint,
	wanted: Wanted,
	body: unknown,
	world: World,
	webhook?: string,
): Promise<unknown> {
	const addresses = wanted.image_urls ?? [wanted.image_url].filter((url) => url !== undefined);
	const images = (await Promise.all(addresses.map(read))).filter((image) => image !== undefined);
	const [first] = images;
	const shape =
		parseRatio(wanted.aspect_ratio ?? wanted.resolution_mode ?? '') ??
		(first ? first.width / first.height : 1);
	const draft = {
		id: randomUUID(),
		model: endpoint,
		operation: addresses.length > 0 ? ('edit' as const) : ('generate' as const),
		prompt: wanted.prompt,
		seed: wanted.seed ?? null,
		...aboutOneMegapixel(shape),
		format: wanted.output_format ?? 'jpeg',
		inputs: images.map(({ bytes }) => bytes),
		...(images.length < addresses.length && { failure: unreadable }),
		body,
	};
	const job = world.accept(draft, webhook === undefined ? undefined : callback(webhook, world));
	const ids = { request_id: job.id, ...(webhook !== undefined && { gateway_request_id: job.id }) };
	// The page on webhooks shows the two ids alone, the one on the queue more.
	if (webhook !== undefined && job.number % 2 === 0) return ids;
	const at = `${world.baseUrl}/${job.number % 2 === 1 ? ownerAndApp(endpoint) : endpoint}/requests/${job.id}`;
	return {
		status: 'IN_QUEUE',
		...ids,
		response_url: job.number % 2 === 1 ? at : `${at}/response`,
		status_url: `${at}/status`,
		cancel_url: `${at}/cancel`,
		queue_position: 0,
	};
}

const unreadable = 'Failed to load the image';

async function read(url: string): Promise<InputImage | undefined> {
	return await asInputImage(isDataUri(url) ? bytesOfDataUri(url) : await fetchBytes(url));
}

const ownerAndApp = (endpoint: string): string => endpoint.split('/').slice(0, 2).join('/');

function found(world: World, id: string, prefix: string): EmulatedJob {
	const job = world.find(id);
	if (!job || ![job.model, ownerAndApp(job.model)].includes(prefix))
		throw new Refusal(404, 'NOT_FOUND', { code: queueWord });
	return job;
}

/** A failure is told with the status, or only where the result is asked for: both are documented. */
const tellsEarly = ({ number, failure }: EmulatedJob): boolean => number % 2 === 1 && failure !== unreadable;

function statusBody(job: EmulatedJob, state: JobState | 'unknown', world: World): object {
	const status = words[state];
	const response_url = `${world.baseUrl}/${ownerAndApp(job.model)}/requests/${job.id}`;
	const base = { status, request_id: job.id, response_url };
	if (status === 'IN_QUEUE') return { ...base, queue_position: 0 };
	if (status !== 'COMPLETED') return { ...base, logs: null };
	const ended = { ...base, logs: null, metrics: { inference_time: (job.endsAt - job.startsAt) / 1000 } };
	if (state === 'cancelled')
		return { ...ended, error: 'Request was cancelled', error_type: 'client_cancelled' };
	return state === 'failed' && tellsEarly(job)
		? { ...ended, error: job.failure, error_type: 'runner_server_error' }
		: ended;
}

interface Answer {
	status: number;
	headers: Record<string, string>;
	body: object;
}

/** The status code of a failed job's result is NOT FOUND; INFERRED to be that of its error. */
function result(job: EmulatedJob, world: World): Answer {
	const model = (status: number, type: string, msg: string, field?: string): Answer => {
		const url = `https://docs.fal.ai/errors/#${type}`;
		const detail = [{ loc: ['body', ...(field ? [field] : [])], msg, type, url }];
		return { status, headers: { 'x-fal-retryable': 'false' }, body: { detail } };
	};
	const infrastructure = (status: number, error_type: string, detail: string): Answer => ({
		status,
		headers: { 'x-fal-error-type': error_type },
		body: { detail, error_type },
	});
	const { num_images = 1, image_urls } = job.body as Wanted;
	switch (job.state) {
		case 'queued':
		case 'running':
			return { status: 400, headers: {}, body: { detail: 'Request is still in progress' } };
		case 'cancelled':
			return infrastructure(499, 'client_cancelled', 'Request was cancelled');
		case 'failed':
			if (job.failure === unreadable)
				return model(422, 'image_load_error', unreadable, image_urls ? 'image_urls' : 'image_url');
			return tellsEarly(job)
				? infrastructure(500, 'runner_server_error', job.failure ?? '')
				: model(500, 'downstream_service_error', job.failure ?? '');
		case 'moderated':
			// Refused before, or flagged after: what a flagged image contains is NOT FOUND.
			if (job.operation === 'generate')
				return model(
					422,
					'content_policy_violation',
					'The content could not be processed because it was flagged by a content checker.',
					'prompt',
				);
			return output(job, [`${world.baseUrl}/flagged.png`], true);
		case 'succeeded':
			return output(
				job,
				Array.from({ length: num_images }, (_, index) => world.linkTo(job, index)),
				false,
			);
	}
}

function output(job: EmulatedJob, urls: string[], flagged: boolean): Answer {
	const { width, height, format, prompt, seed } = job;
	const body = {
		images: urls.map((url) => ({ url, width, height, content_type: `image/${format}` })),
		timings: {},
		seed,
		has_nsfw_concepts: urls.map(() => flagged),
		prompt,
	};
	return { status: 200, headers: {}, body };
}

const { jwks, sign } = falSignature();
// "It will retry 10 times in the span of 2 hours" (third parties: up to 31 times in one hour); how long each wait is, is
// INFERRED: each is twice the one before.
const retryAfterMs = Array.from({ length: 10 }, (_, index) => 7_000 * 2 ** index);

const callback = (url: string, world: World): Callback => ({
	url,
	timeoutMs: 15_000,
	messages: [{ at: 'end', body: (job) => endOf(job, world), retryAfterMs }],
	sign,
});

/** The result, in an envelope. A request that was cancelled is not told (INFERRED). */
function endOf(job: EmulatedJob, world: World): object {
	const { status, body: payload } = result(job, world);
	const ids = { request_id: job.id, gateway_request_id: job.id };
	// The `null` is of two recorded calls (D3), the docs leave it out.
	return status < 400
		? { ...ids, status: 'OK', error: null, payload }
		: { ...ids, status: 'ERROR', error: `Invalid status code: ${status}`, payload };
}
