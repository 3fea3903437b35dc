import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ApiError, validate } from '../apiError';
import { decodeDataUri, decodeInputImage, fetchBytes, isDataUri, isHttpUrl } from '../inputs';
import { type EmulatedProvider, type ProviderContext, reportedState } from '../provider';
import { megapixels, parseSize, sidesWithin } from '../sizes';
import type { EmulatedJob, JobState } from '../types';
import type { Webhook } from '../webhooks/webhook';

const endpoint = '/black-forest-labs-flux-1-kontext-dev';
const weekMs = 604_800_000;
const resultKeptMs = 1_800_000;
// "10 MB", read as the smaller of the two units.
const maxBodyBytes = 10_000_000;
const defaults = { size: { width: 1024, height: 1024 }, executionTimeout: 600_000, ttl: 86_400_000 };
// The price page says $0.025 for an image; its example charges this much for each megapixel.
const usdPerMegapixel = 0.03;
const workerId = randomBytes(7).toString('hex');

// The sizes that the server accepts are NOT FOUND; 2048 is the official provider's bound, 256 is INFERRED.
const isSize = (text: string): boolean => sidesWithin(parseSize(text, '*'), 256, 2048);
const isImage = (text: string): boolean => isHttpUrl(text) || isDataUri(text);

const requestSchema = z
	.object({
		input: z
			.object({
				prompt: z.string().min(1),
				image: z.string().refine(isImage, 'must be the URL or a data URI of an image'),
				negative_prompt: z.string().optional(),
				size: z.string().refine(isSize, 'must be W*H, each side from 256 to 2048').optional(),
				num_inference_steps: z.number().int().min(1).max(50).optional(),
				guidance: z.number().min(0).max(10).optional(),
				seed: z.number().int().min(-1).optional(),
				output_format: z.enum(['png', 'jpeg']).optional(),
				enable_safety_checker: z.boolean().optional(),
			})
			.strict(),
		policy: z
			.object({
				executionTimeout: z.number().int().min(5_000).max(weekMs).optional(),
				ttl: z.number().int().min(10_000).max(weekMs).optional(),
				lowPriority: z.boolean().optional(),
			})
			.strict()
			.optional(),
		webhook: z.string().refine(isHttpUrl, 'must be a URL').optional(),
	})
	.strict();

type Payload = z.infer<typeof requestSchema>;
type ById = { Params: { id: string } };

const perTenSeconds = (count: number) => ({ count, ms: 10_000 });

const statusNames: Record<JobState | 'unknown', string> = {
	queued: 'IN_QUEUE',
	running: 'IN_PROGRESS',
	succeeded: 'COMPLETED',
	failed: 'FAILED',
	// The status of a flagged image is NOT FOUND; INFERRED to be a failure.
	moderated: 'FAILED',
	cancelled: 'CANCELLED',
	unknown: 'DAYDREAMING',
};
const statusName = (state: JobState | 'unknown', { timesOut }: EmulatedJob): string =>
	state === 'failed' && timesOut ? 'TIMED_OUT' : statusNames[state];

/** The API of RunPod's public endpoint for FLUX.1 Kontext. */
export const runpod: EmulatedProvider = {
	credentialType: 'fluxKontextRunpodApi',
	basePath: '/v2',
	auth: { header: 'authorization', scheme: 'Bearer ', status: 401, message: 'Unauthorized' },
	newApiKey: () => `rpa_${randomBytes(22).toString('hex').toUpperCase()}`,
	links: { style: 's3', lifeMs: weekMs },
	invalidStatus: 400,
	errorBody: ({ message }) => ({ error: message }),
	routes(app, context) {
		const submitRoute = { stage: 'submit', body: 'json', limit: perTenSeconds(1000) } as const;
		const runRoute = { bodyLimit: maxBodyBytes, config: submitRoute };
		app.post(`${endpoint}/run`, runRoute, async ({ body }) => {
			const { id } = await submit(validate(requestSchema, body, 400), body, context);
			return { id, status: 'IN_QUEUE' };
		});

		const statusRoute = { stage: 'status', limit: perTenSeconds(2000) } as const;
		app.get<ById>(`${endpoint}/status/:id`, { config: statusRoute }, (request, reply) => {
			const job = requireJob(context, request.params.id);
			const status = statusName(reportedState(request, job), job);
			// A FAILED job has been observed with both HTTP statuses.
			if (status === 'FAILED' && job.number % 2 === 0) reply.code(400);
			return statusBody(job, status, context);
		});

		const cancelRoute = { stage: 'cancel', limit: perTenSeconds(100) } as const;
		app.post<ById>(`${endpoint}/cancel/:id`, { config: cancelRoute }, ({ params }) => {
			const job = requireJob(context, params.id);
			context.cancel(job);
			// The response for a job that has ended is NOT FOUND; INFERRED to be its state.
			return { id: job.id, status: statusName(job.state, job) };
		});

		const healthRoute = { config: { stage: 'credentialTest' } } as const;
		app.get(`${endpoint}/health`, healthRoute, () => health(context.jobs));
	},
};

function health(jobs: readonly EmulatedJob[]): object {
	const count = (...states: JobState[]): number =>
		jobs.filter(({ state }) => states.includes(state)).length;
	return {
		jobs: {
			completed: count('succeeded'),
			failed: count('failed', 'moderated'),
			inProgress: count('running'),
			inQueue: count('queued'),
			retried: 0,
		},
		workers: { idle: 1, running: count('running') },
	};
}

async function submit(payload: Payload, body: unknown, context: ProviderContext): Promise<EmulatedJob> {
	const { input, policy, webhook } = payload;
	const isUri = isDataUri(input.image);
	const image = await decodeInputImage(isUri ? decodeDataUri(input.image) : await fetchBytes(input.image));
	const size = parseSize(input.size ?? '', '*') ?? defaults.size;
	return context.accept(
		{
			id: randomUUID(),
			model: 'black-forest-labs-flux-1-kontext-dev',
			operation: 'edit',
			prompt: input.prompt,
			seed: input.seed === -1 ? null : (input.seed ?? null),
			...size,
			format: input.output_format ?? 'png',
			inputs: image ? [image.bytes] : [],
			// The worker loads the image, not the gateway: the job is accepted and then fails (documented
			// text).
			...(!image && { failure: 'Invalid image URL' }),
			runLimitMs: policy?.executionTimeout ?? defaults.executionTimeout,
			body,
		},
		webhook ? webhookTo(webhook, context) : undefined,
	);
}

/** Finds a job that has neither outlived its result nor its time to live. */
function requireJob(context: ProviderContext, id: string): EmulatedJob {
	const job = context.find(id);
	const ttl = (job?.body as Payload | undefined)?.policy?.ttl ?? defaults.ttl;
	if (!job || context.clock.now() > Math.min(job.endsAt + resultKeptMs, job.acceptedAt + ttl))
		throw new ApiError(404, 'job not found');
	return job;
}

function statusBody(job: EmulatedJob, status: string, context: ProviderContext): object {
	const { id, acceptedAt, startsAt, endsAt } = job;
	const delayTime = startsAt - acceptedAt;
	switch (status) {
		case 'IN_PROGRESS':
			return { id, status, delayTime, workerId };
		case 'COMPLETED': {
			const cost = Math.round(megapixels(job) * usdPerMegapixel * 1e6) / 1e6;
			const output = { image_url: context.linkTo(job), cost };
			return { id, status, delayTime, executionTime: endsAt - startsAt, workerId, output };
		}
		case 'FAILED':
			return { id, status, error: job.failure ?? 'The image was flagged by the safety checker' };
		default:
			return { id, status };
	}
}

/**
 * Describes the webhook. The docs do not show its payload; runpod/runpod-python#409 quotes one that the
 * service sent: the status without the worker, with what was submitted. It is sent for completed and failed
 * jobs (D3) and not signed; its timeout is NOT FOUND.
 */
const webhookTo = (webhook: string, context: ProviderContext): Webhook => ({
	url: webhook,
	timeoutMs: 30_000,
	messages: [
		{
			at: 'end',
			body(job) {
				const { input } = job.body as Payload;
				return {
					...statusBody(job, statusName(job.state, job), context),
					workerId: undefined,
					input,
					webhook,
				};
			},
			// "Up to 2 more times with a 10-second delay".
			retryAfterMs: [10_000, 10_000],
		},
	],
});
