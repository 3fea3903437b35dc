import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Callback } from '../callbacks/callback';
import { asInputImage, bytesOfDataUri, fetchBytes, isDataUri, isHttpUrl } from '../inputs';
import { type EmulatedProvider, shownState, type World } from '../provider';
import { checked, Refusal } from '../refusal';
import { eachSide, megapixels, parseSize } from '../sizes';
import type { EmulatedJob, JobState } from '../types';

const endpoint = '/black-forest-labs-flux-1-kontext-dev';
const week = 604_800_000;
const keptMs = 1_800_000;
// "10 MB": the smaller reading of it.
const maxBodyBytes = 10_000_000;
const defaults = { size: { width: 1024, height: 1024 }, executionTimeout: 600_000, ttl: 86_400_000 };
// The price page says $0.025 an image, its example is this much for each megapixel.
const usdPerMegapixel = 0.03;
const workerId = randomBytes(7).toString('hex');

// The server's own list is NOT FOUND; 2048 is the official provider's bound, 256 is INFERRED.
const isSize = (text: string): boolean => eachSide(parseSize(text, '*'), 256, 2048);
const isImage = (text: string): boolean => isHttpUrl(text) || isDataUri(text);

const request = z
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
				executionTimeout: z.number().int().min(5_000).max(week).optional(),
				ttl: z.number().int().min(10_000).max(week).optional(),
				lowPriority: z.boolean().optional(),
			})
			.strict()
			.optional(),
		webhook: z.string().refine(isHttpUrl, 'must be a URL').optional(),
	})
	.strict();

type Run = z.infer<typeof request>;
type ById = { Params: { id: string } };

const perTenSeconds = (count: number) => ({ count, ms: 10_000 });

const words: Record<JobState | 'unknown', string> = {
	queued: 'IN_QUEUE',
	running: 'IN_PROGRESS',
	succeeded: 'COMPLETED',
	failed: 'FAILED',
	// What a flagged image answers is NOT FOUND; INFERRED to be a failure.
	moderated: 'FAILED',
	cancelled: 'CANCELLED',
	unknown: 'DAYDREAMING',
};
const wordOf = (state: JobState | 'unknown', { timesOut }: EmulatedJob): string =>
	state === 'failed' && timesOut ? 'TIMED_OUT' : words[state];

export const runpod: EmulatedProvider = {
	credentialType: 'fluxKontextRunpodApi',
	basePath: '/v2',
	auth: { header: 'authorization', scheme: 'Bearer ', status: 401, message: 'Unauthorized' },
	newApiKey: () => `rpa_${randomBytes(22).toString('hex').toUpperCase()}`,
	links: { style: 's3', lifeMs: week },
	invalidStatus: 400,
	errorBody: ({ message }) => ({ error: message }),
	routes(app, world) {
		const submitRoute = { stage: 'submit', body: 'json', limit: perTenSeconds(1000) } as const;
		const runRoute = { bodyLimit: maxBodyBytes, config: submitRoute };
		app.post(`${endpoint}/run`, runRoute, async ({ body }) => {
			const { id } = await run(checked(request, body, 400), body, world);
			return { id, status: 'IN_QUEUE' };
		});

		const statusRoute = { stage: 'status', limit: perTenSeconds(2000) } as const;
		app.get<ById>(`${endpoint}/status/:id`, { config: statusRoute }, (asked, reply) => {
			const job = found(world, asked.params.id);
			const status = wordOf(shownState(asked, job), job);
			// A FAILED job is seen with both codes.
			if (status === 'FAILED' && job.number % 2 === 0) reply.code(400);
			return statusBody(job, status, world);
		});

		const cancelRoute = { stage: 'cancel', limit: perTenSeconds(100) } as const;
		app.post<ById>(`${endpoint}/cancel/:id`, { config: cancelRoute }, ({ params }) => {
			const job = found(world, params.id);
			world.cancel(job);
			// What a job that has ended answers is NOT FOUND; INFERRED to be its state.
			return { id: job.id, status: wordOf(job.state, job) };
		});

		const healthRoute = { config: { stage: 'credentialTest' } } as const;
		app.get(`${endpoint}/health`, healthRoute, () => health(world.jobs));
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

async function run(wanted: Run, body: unknown, world: World): Promise<EmulatedJob> {
	const { input, policy, webhook } = wanted;
	const uri = isDataUri(input.image);
	const image = await asInputImage(uri ? bytesOfDataUri(input.image) : await fetchBytes(input.image));
	const size = parseSize(input.size ?? '', '*') ?? defaults.size;
	return world.accept(
		{
			id: randomUUID(),
			model: 'black-forest-labs-flux-1-kontext-dev',
			operation: 'edit',
			prompt: input.prompt,
			seed: input.seed === -1 ? null : (input.seed ?? null),
			...size,
			format: input.output_format ?? 'png',
			inputs: image ? [image.bytes] : [],
			// The worker finds out, not the gateway: the job is accepted, then it fails (documented text).
			...(!image && { failure: 'Invalid image URL' }),
			runLimitMs: policy?.executionTimeout ?? defaults.executionTimeout,
			body,
		},
		webhook ? callback(webhook, world) : undefined,
	);
}

/** Gone when its result is no longer kept, or when its time to live is over. */
function found(world: World, id: string): EmulatedJob {
	const job = world.find(id);
	const ttl = (job?.body as Run | undefined)?.policy?.ttl ?? defaults.ttl;
	if (!job || world.clock.now() > Math.min(job.endsAt + keptMs, job.acceptedAt + ttl))
		throw new Refusal(404, 'job not found');
	return job;
}

function statusBody(job: EmulatedJob, status: string, world: World): object {
	const { id, acceptedAt, startsAt, endsAt } = job;
	const delayTime = startsAt - acceptedAt;
	switch (status) {
		case 'IN_PROGRESS':
			return { id, status, delayTime, workerId };
		case 'COMPLETED': {
			const cost = Math.round(megapixels(job) * usdPerMegapixel * 1e6) / 1e6;
			const output = { image_url: world.linkTo(job), cost };
			return { id, status, delayTime, executionTime: endsAt - startsAt, workerId, output };
		}
		case 'FAILED':
			return { id, status, error: job.failure ?? 'The image was flagged by the safety checker' };
		default:
			return { id, status };
	}
}

/**
 * The docs do not show it; a payload that the service has sent stands in runpod/runpod-python#409: the status, without the
 * worker, with what was submitted. Sent of completed and failed jobs (D3). It is not signed, its time-out is NOT FOUND.
 */
const callback = (webhook: string, world: World): Callback => ({
	url: webhook,
	timeoutMs: 30_000,
	messages: [
		{
			at: 'end',
			body(job) {
				const { input } = job.body as Run;
				return {
					...statusBody(job, wordOf(job.state, job), world),
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
