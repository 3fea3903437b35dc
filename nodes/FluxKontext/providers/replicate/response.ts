import { z } from 'zod';

import { succeed, type Result } from '../../core/base/faults';
import type { HttpResponse } from '../../core/http/ports';
import type { JobSnapshot } from '../../core/job/snapshot';
import { stateOf, type StatusWords } from '../../core/job/statuses';
import type { ProviderContext } from '../../core/provider';
import type { PreparedRequest } from '../../core/request/imageRequest';
import { collectImages } from '../shared/collectImages';
import { unreadable } from '../shared/failures';
import { jobIdSchema } from '../shared/handles';
import { lazy, optional, parseBody } from '../shared/schema';
import { ownAddress } from './addresses';
import { failureOf, imageDeleted, name } from './errors';
import type { ReplicateHandle } from './handle';

/** "Input and output files are automatically deleted after an hour." */
const LINK_LIFETIME_MS = 60 * 60 * 1000;
/** A completion time further away than this is not taken for the time of the job. */
const MAX_CLOCK_SKEW_MS = 365 * 24 * 60 * 60 * 1000;

/** Status words of a prediction. */
export const statuses: StatusWords = {
	pending: ['starting', 'processing'],
	succeeded: ['succeeded'],
	// `aborted`: cancelled before it began. Replicate's own client does not know it.
	failed: ['failed', 'canceled', 'cancelled', 'aborted'],
};

const predictionSchema = lazy(() =>
	z.object({
		id: jobIdSchema(),
		status: z.string(),
		output: z.unknown(),
		error: z.unknown(),
		completed_at: optional.text(),
		data_removed: z.boolean().nullish().catch(null),
		metrics: z.object({ predict_time: optional.number() }).nullish().catch(null),
		urls: z.object({ get: optional.text(), cancel: optional.text() }).nullish().catch(null),
	}),
);

type Prediction = z.infer<ReturnType<typeof predictionSchema>>;

const createHandle = ({ id, urls }: Prediction, baseUrl: string): ReplicateHandle => ({
	id,
	getUrl: ownAddress(urls?.get, id, '', baseUrl),
	cancelUrl: ownAddress(urls?.cancel, id, '/cancel', baseUrl),
});

function expiryOf({ completed_at: completedAt }: Prediction, now: number): string {
	const completed = Date.parse(completedAt ?? '');
	const start = Math.abs(completed - now) < MAX_CLOCK_SKEW_MS ? completed : now;
	return new Date(start + LINK_LIFETIME_MS).toISOString();
}

/** Reads a prediction. `knownHandle` is `null` where the response is the one that names the job. */
function parsePrediction(
	response: HttpResponse,
	knownHandle: ReplicateHandle | null,
	{ baseUrl, now }: ProviderContext,
): Result<JobSnapshot<ReplicateHandle>> {
	const parsed = parseBody(name, predictionSchema(), response.body);
	if (!parsed.ok) return parsed;
	const prediction = parsed.value;
	const { status: providerStatus, error, metrics } = prediction;
	const handle = knownHandle ?? createHandle(prediction, baseUrl);
	const state = stateOf(providerStatus, statuses);
	if (state === 'pending') return succeed({ state, handle, providerStatus });
	if (state === 'failed')
		return succeed({ state, handle, providerStatus, fault: failureOf(providerStatus, error) });
	const images = collectImages(prediction.output, { baseUrl, expiresAt: expiryOf(prediction, now) });
	if (images.length === 0) {
		if (!prediction.data_removed) return succeed(unreadable(name, handle, providerStatus, response.body));
		const fault = imageDeleted(providerStatus);
		return succeed({ state: 'failed', handle, providerStatus, fault });
	}
	const seconds = metrics?.predict_time;
	const runMs = seconds == null ? null : Math.round(seconds * 1000);
	return succeed({ state, handle, providerStatus, images, meta: { runMs } });
}

/** Parses the response to a submit. */
export const parseSubmit = (
	response: HttpResponse,
	_request: PreparedRequest,
	context: ProviderContext,
): Result<JobSnapshot<ReplicateHandle>> => parsePrediction(response, null, context);

/** Parses the response to a status request. */
export const parseStatus: (
	response: HttpResponse,
	handle: ReplicateHandle,
	context: ProviderContext,
) => Result<JobSnapshot<ReplicateHandle>> = parsePrediction;
