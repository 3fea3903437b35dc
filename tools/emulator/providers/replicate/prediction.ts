import { isActive } from '../../jobs';
import type { ProviderContext } from '../../provider';
import type { EmulatedJob, JobState } from '../../types';
import type { WebhookFields } from './schemas';

/** Time after its end for which the input and the output of a prediction are kept. */
export const keptMs = 3_600_000;

/** Replicate's status of a job in each state. */
export const statusNames: Record<JobState | 'unknown', string> = {
	queued: 'starting',
	running: 'processing',
	succeeded: 'succeeded',
	failed: 'failed',
	moderated: 'failed',
	cancelled: 'canceled',
	unknown: 'daydreaming',
};

const toIso = (ms: number): string => new Date(ms).toISOString();

/** Returns the prediction of a job with the given status, as every route and webhook reports it. */
export function prediction(job: EmulatedJob, status: string, context: ProviderContext): object {
	const { id, model, state, acceptedAt, startsAt, endsAt, body } = job;
	const now = context.clock.now();
	const isRemoved = now > endsAt + keptMs;
	const isStarted = now >= startsAt && state !== 'queued';
	const isCompleted = !isActive(job) && Number.isFinite(endsAt);
	const url = `${context.baseUrl}/predictions/${id}`;
	const { input, webhook, webhook_events_filter } = body as WebhookFields & { input: unknown };
	const times = { predict_time: (endsAt - startsAt) / 1000, total_time: (endsAt - acceptedAt) / 1000 };
	return {
		id,
		model,
		version: 'hidden',
		input: isRemoved ? {} : input,
		output: isRemoved ? null : outputOf(job, status, context),
		error: errorOf(job),
		logs: '',
		status,
		source: 'api',
		created_at: toIso(acceptedAt),
		started_at: isStarted ? toIso(startsAt) : null,
		completed_at: isCompleted ? toIso(endsAt) : null,
		metrics: isCompleted ? times : {},
		data_removed: isRemoved,
		// A webhook of Kontext has these fields (JessYan0913/turan, D3); that GET has them too is INFERRED.
		...(webhook !== undefined && { webhook }),
		...(webhook_events_filter && { webhook_events_filter }),
		urls: { get: url, cancel: `${url}/cancel`, web: `https://replicate.com/p/${id}` },
	};
}

/** Returns one URL or a list of URLs: Kontext pro has the first, clients have to read both. */
function outputOf(job: EmulatedJob, status: string, context: ProviderContext): string | string[] | null {
	if (job.state !== 'succeeded' || status !== 'succeeded') return null;
	const url = context.linkTo(job);
	return job.number % 2 === 0 ? [url] : url;
}

const flaggedText = 'The input or output was flagged as sensitive. Please try again with different inputs.';

function errorOf({ state, failure, id }: EmulatedJob): string | null {
	if (state === 'moderated') return `${flaggedText} (E005) (${id})`;
	return state === 'failed' ? failure : null;
}
