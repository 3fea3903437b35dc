import type { EmulatedJob, RecordedRequest } from '../../emulator';
import type { Traces } from '../processes/lanes';
import { sum } from '../support/figures';

/** One job as its provider saw it. */
export interface Observed {
	/**
	 * From its end to the start of the download, or to the look whose answer is the image; null where nobody has fetched it.
	 */
	lagMs: number | null;
	lengthMs: number;
	downloads: number;
}

export interface Wave {
	observed: Observed[];
	/** At the API, for all jobs: submits, looks and results, without the downloads. */
	requests: number;
	submits: number;
	/** What a poll every half second would have needed at this API. */
	halfSecondRequests: number;
}

const HALF_SECOND_MS = 500;

const isOf = ({ id }: EmulatedJob, { path }: RecordedRequest) => path.includes(id);

function observe(job: EmulatedJob, requests: readonly RecordedRequest[], inline: boolean): Observed {
	const own = requests.filter((request) => isOf(job, request));
	const downloads = own.filter(({ stage }) => stage === 'download');
	const fetched = inline
		? own.find(({ stage, at }) => stage === 'status' && at >= job.endsAt)
		: downloads[0];
	return {
		lagMs: fetched ? fetched.at - job.endsAt : null,
		lengthMs: job.endsAt - job.acceptedAt,
		downloads: downloads.length,
	};
}

/** `inline`: the provider has no files, its answer to a look is the image. */
export function waveOf({ jobs, requests }: Traces, inline: boolean): Wave {
	const count = (stage: string) => requests.filter((request) => request.stage === stage).length;
	const observed = jobs.map((job) => observe(job, requests, inline));
	const [submits, results] = [count('submit'), count('result')];
	const halfSecondLooks = sum(observed.map(({ lengthMs }) => Math.ceil(lengthMs / HALF_SECOND_MS)));
	return {
		observed,
		requests: submits + count('status') + results,
		submits,
		halfSecondRequests: submits + halfSecondLooks + results,
	};
}
