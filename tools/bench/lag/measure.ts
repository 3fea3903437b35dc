import type { EmulatedJob, RecordedRequest } from '../../emulator';
import type { EmulatorRecords } from '../processes/benchEmulators';
import { sum } from '../support/statistics';

/** One job, as recorded by its emulator. */
export interface ObservedJob {
	/**
	 * Milliseconds from the end of the job to the start of the download, or to the status request whose
	 * response contains the image. `null` if the image was never fetched.
	 */
	lagMs: number | null;
	durationMs: number;
	downloads: number;
}

export interface MeasuredRun {
	jobs: ObservedJob[];
	/** API requests of all jobs: submits, status requests and result requests, without downloads. */
	requests: number;
	submits: number;
	/** API requests that a poll every half second would have needed. */
	halfSecondRequests: number;
}

const HALF_SECOND_MS = 500;

const belongsTo = ({ id }: EmulatedJob, { path }: RecordedRequest) => path.includes(id);

function observeJob(job: EmulatedJob, requests: readonly RecordedRequest[], inline: boolean): ObservedJob {
	const jobRequests = requests.filter((request) => belongsTo(job, request));
	const downloads = jobRequests.filter(({ stage }) => stage === 'download');
	const fetched = inline
		? jobRequests.find(({ stage, at }) => stage === 'status' && at >= job.endsAt)
		: downloads[0];
	return {
		lagMs: fetched ? fetched.at - job.endsAt : null,
		durationMs: job.endsAt - job.acceptedAt,
		downloads: downloads.length,
	};
}

/** Measures a run from the records of its emulator. `inline`: the status response contains the image. */
export function measureRun({ jobs, requests }: EmulatorRecords, inline: boolean): MeasuredRun {
	const count = (stage: string) => requests.filter((request) => request.stage === stage).length;
	const observed = jobs.map((job) => observeJob(job, requests, inline));
	const [submits, results] = [count('submit'), count('result')];
	const halfSecondPolls = sum(observed.map(({ durationMs }) => Math.ceil(durationMs / HALF_SECOND_MS)));
	return {
		jobs: observed,
		requests: submits + count('status') + results,
		submits,
		halfSecondRequests: submits + halfSecondPolls + results,
	};
}
