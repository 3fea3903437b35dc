import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Callback, Message } from '../callbacks/callback';
import { standardWebhooks } from '../callbacks/signatures';
import { asInputImage, bytesOfDataUri, fetchBytes, isDataUri, isHttpUrl } from '../inputs';
import { isActive } from '../jobs';
import { isLoopback } from '../net';
import { type EmulatedProvider, shownState, untilEnded, type World } from '../provider';
import { checked, invalidField, Refusal } from '../refusal';
import { aboutOneMegapixel, parseRatio } from '../sizes';
import type { EmulatedJob, JobState } from '../types';

const hour = 3_600_000;
const owner = 'black-forest-labs';

const image = z.string().refine((text) => isHttpUrl(text) || isDataUri(text), 'Does not match format "uri"');
const ratios = [
	'1:1',
	'16:9',
	'9:16',
	'4:3',
	'3:4',
	'3:2',
	'2:3',
	'4:5',
	'5:4',
	'21:9',
	'9:21',
	'2:1',
	'1:2',
];
const common = {
	prompt: z.string(),
	aspect_ratio: z.enum(['match_input_image', ...ratios]).optional(),
	seed: z.number().int().optional(),
};
const official = z
	.object({
		...common,
		input_image: image.optional(),
		output_format: z.enum(['jpg', 'png']).optional(),
		safety_tolerance: z.number().int().min(0).max(6).optional(),
		prompt_upsampling: z.boolean().optional(),
	})
	.strict();
// Of copies that gateways keep (D3).
const open = z
	.object({
		...common,
		input_image: image,
		output_format: z.enum(['jpg', 'png', 'webp']).optional(),
		num_inference_steps: z.number().int().min(4).max(50).optional(),
		guidance: z.number().min(0).max(10).optional(),
		go_fast: z.boolean().optional(),
		output_quality: z.number().int().min(0).max(100).optional(),
		disable_safety_checker: z.boolean().optional(),
	})
	.strict();

const models = {
	'flux-kontext-pro': { input: official, format: 'png' },
	'flux-kontext-max': { input: official, format: 'png' },
	'flux-kontext-dev': { input: open, format: 'webp' },
} as const;
type Model = keyof typeof models;
const isModel = (name: string): name is Model => Object.hasOwn(models, name);

const events = z.enum(['start', 'output', 'logs', 'completed']);
const envelope = z
	.object({
		input: z.record(z.unknown()),
		// "An HTTPS URL"; plain HTTP is let through to this machine. What it says to another one is INFERRED.
		webhook: z
			.string()
			.refine((url) => isLoopback(url) || /^https:/.test(url), 'must be an HTTPS URL')
			.optional(),
		webhook_events_filter: z.array(events).optional(),
		stream: z.boolean().optional(),
	})
	.strict();
type Reported = Pick<z.infer<typeof envelope>, 'webhook' | 'webhook_events_filter'>;

interface Input {
	prompt: string;
	input_image?: string | undefined;
	aspect_ratio?: string | undefined;
	seed?: number | undefined;
	output_format?: 'jpg' | 'png' | 'webp' | undefined;
	output_quality?: number | undefined;
	safety_tolerance?: number | undefined;
}

type ByModel = { Params: { owner: string; name: string } };
type ById = { Params: { id: string } };

const words: Record<JobState | 'unknown', string> = {
	queued: 'starting',
	running: 'processing',
	succeeded: 'succeeded',
	failed: 'failed',
	moderated: 'failed',
	cancelled: 'canceled',
	unknown: 'daydreaming',
};

const titles: Record<number, string> = {
	401: 'Unauthenticated',
	// The body of a 402 is NOT FOUND.
	402: 'Insufficient credit',
	404: 'Not Found',
	422: 'Input validation failed',
};

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
	links: { style: 's3', lifeMs: hour },
	invalidStatus: 422,
	errorBody: ({ status, message, details: { issues } }) => {
		// The documented text has no title and no status.
		if (status === 429) return { detail: 'Request was throttled. Your rate limit resets in ~30s.' };
		const title = titles[status] ?? 'Error';
		if (!issues) return { detail: message, status, title };
		const invalid_fields = issues.map(({ path, message: description, code }) => ({
			type: code === 'invalid_enum_value' ? 'enum' : code,
			field: path.join('.'),
			description,
		}));
		const detail = invalid_fields
			.map(({ field, description }) => `- ${field}: ${description}\n`)
			.join('');
		return { detail, status, title, invalid_fields };
	},
	routes(app, world) {
		const createRoute = { stage: 'submit', body: 'json', limit: { count: 600, ms: 60_000 } } as const;
		app.post<ByModel>(
			'/models/:owner/:name/predictions',
			{ config: createRoute },
			async (asked, reply) => {
				const { params, body, headers } = asked;
				if (params.owner !== owner || !isModel(params.name))
					throw new Refusal(404, 'The requested resource could not be found.');
				const waitMs = waitOf(headers['prefer']);
				const reported = checked(envelope, body, 422);
				const input = checked(
					z.object({ input: models[params.name].input }),
					{ input: (body as { input: unknown }).input },
					422,
				);
				const job = await create(params.name, input.input, body, world, callback(reported, world));
				await untilEnded(world, job, asked, waitMs);
				// 201 with the image if it was made in time, 202 otherwise.
				return reply.code(isActive(job) ? 202 : 201).send(prediction(job, words[job.state], world));
			},
		);

		const readRoute = { stage: 'status', limit: { count: 3_000, ms: 60_000 } } as const;
		app.get<ById>('/predictions/:id', { config: readRoute }, (asked) => {
			const job = found(world, asked.params.id);
			return prediction(job, words[shownState(asked, job)], world);
		});

		app.post<ById>('/predictions/:id/cancel', { config: { stage: 'cancel' } }, ({ params }) => {
			const job = found(world, params.id);
			world.cancel(job);
			return prediction(job, words[job.state], world);
		});

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

/** Milliseconds that `Prefer: wait` or `wait=1` to `wait=60` asks for. */
function waitOf(header: string | string[] | undefined): number {
	if (header === undefined) return 0;
	const match = /^wait(?:=([1-9]|[1-5][0-9]|60))?$/.exec(String(header));
	if (!match) throw invalidField(422, 'Prefer', 'must be wait or wait=1 to wait=60');
	return Number(match[1] ?? 60) * 1000;
}

async function create(
	name: Model,
	input: Input,
	body: unknown,
	world: World,
	report: Callback | undefined,
): Promise<EmulatedJob> {
	const { input_image: address, safety_tolerance: tolerance = 2, output_format } = input;
	// "2 is currently the maximum allowed when input images are used": what it says to more is NOT FOUND.
	if (address !== undefined && tolerance > 2)
		throw invalidField(
			422,
			'input.safety_tolerance',
			'Must be less than or equal to 2 when an input image is used',
		);
	const bytes =
		address === undefined
			? undefined
			: isDataUri(address)
				? bytesOfDataUri(address)
				: await fetchBytes(address);
	const input_image = await asInputImage(bytes);
	const unreadable =
		address !== undefined &&
		(!input_image || !['png', 'jpeg', 'gif', 'webp'].includes(input_image.format));
	const shape =
		parseRatio(input.aspect_ratio ?? '') ?? (input_image ? input_image.width / input_image.height : 1);
	const format = output_format ?? models[name].format;
	return world.accept(
		{
			id: randomBytes(16)
				.toString('base64url')
				.toLowerCase()
				.replace(/[^a-z0-9]/g, '0'),
			model: `${owner}/${name}`,
			operation: address === undefined ? 'generate' : 'edit',
			prompt: input.prompt,
			seed: input.seed ?? null,
			...aboutOneMegapixel(shape),
			format: format === 'jpg' ? 'jpeg' : format,
			...(input.output_quality !== undefined && { quality: Math.max(1, input.output_quality) }),
			inputs: input_image ? [input_image.bytes] : [],
			// The text is INFERRED.
			...(unreadable && { failure: 'The input image could not be read' }),
			body,
		},
		report,
	);
}

function found(world: World, id: string): EmulatedJob {
	const job = world.find(id);
	if (!job) throw new Refusal(404, 'The requested resource could not be found.');
	return job;
}

const iso = (ms: number): string => new Date(ms).toISOString();

function prediction(job: EmulatedJob, status: string, world: World): object {
	const { id, model, state, number, acceptedAt, startsAt, endsAt, body } = job;
	const now = world.clock.now();
	const removed = now > endsAt + hour;
	const [started, over] = [now >= startsAt && state !== 'queued', !isActive(job)];
	const at = `${world.baseUrl}/predictions/${id}`;
	// One address or a list of them: Kontext pro has the first, clients have to read both.
	const output = state === 'succeeded' && status === 'succeeded' && !removed ? world.linkTo(job) : null;
	const { input, webhook, webhook_events_filter } = body as Reported & { input: unknown };
	const times = { predict_time: (endsAt - startsAt) / 1000, total_time: (endsAt - acceptedAt) / 1000 };
	return {
		id,
		model,
		version: 'hidden',
		input: removed ? {} : input,
		output: output !== null && number % 2 === 0 ? [output] : output,
		error: errorOf(job),
		logs: '',
		status,
		source: 'api',
		created_at: iso(acceptedAt),
		started_at: started ? iso(startsAt) : null,
		completed_at: over && Number.isFinite(endsAt) ? iso(endsAt) : null,
		metrics: over && Number.isFinite(endsAt) ? times : {},
		data_removed: removed,
		// As a webhook of Kontext has them (JessYan0913/turan, D3); that GET has them too is INFERRED.
		...(webhook !== undefined && { webhook }),
		...(webhook_events_filter && { webhook_events_filter }),
		urls: { get: at, cancel: `${at}/cancel`, web: `https://replicate.com/p/${id}` },
	};
}

function errorOf({ state, failure, id }: EmulatedJob): string | null {
	if (state === 'moderated')
		return `The input or output was flagged as sensitive. Please try again with different inputs. (E005) (${id})`;
	return state === 'failed' ? failure : null;
}

const { secret: signingSecret, sign } = standardWebhooks();
type Event = z.infer<typeof events>;

/** The answer of GET, at each event that was asked for. The emulated models write no logs. */
function callback(
	{ webhook, webhook_events_filter: filter = ['output', 'completed'] }: Reported,
	world: World,
): Callback | undefined {
	if (webhook === undefined) return undefined;
	const messages: Partial<Record<Event, Message>> = {
		start: { at: 'start', body: (job) => prediction(job, 'starting', world), retryAfterMs: [] },
		// What its status is by then is INFERRED.
		output: { at: 'end', body: (job) => withOutput(job, world), retryAfterMs: [] },
		// "Several times on an exponential backoff. The final retry is sent about 1 minute after the prediction completed."
		completed: {
			at: 'end',
			body: (job) => prediction(job, words[job.state], world),
			retryAfterMs: [4_000, 8_000, 16_000, 32_000],
		},
	};
	return {
		url: webhook,
		// "Within a few seconds".
		timeoutMs: 10_000,
		messages: events.options.flatMap((event) => (filter.includes(event) ? (messages[event] ?? []) : [])),
		sign,
		// "Where the status is succeeded, failed or canceled".
		tellsCancellation: filter.includes('completed'),
	};
}

const withOutput = (job: EmulatedJob, world: World): object | undefined =>
	job.state === 'succeeded'
		? { ...prediction(job, words.succeeded, world), status: words.running, completed_at: null }
		: undefined;
