import type { EmulatedJob, RecordedRequest, Stage } from '../../tools/emulator';
import type { N8nFixture } from './n8nFixture';
import { waitUntil } from './waitUntil';

/** Returns the requests of one stage that name a job in their path. */
export const requestsOf = ({ emulator }: N8nFixture, job: EmulatedJob, stage: Stage): RecordedRequest[] =>
	emulator.requests.filter((request) => request.stage === stage && request.path.includes(job.id));

/**
 * Measurements of an execution that was stopped while it polled. Times are milliseconds since the request to
 * stop.
 */
export interface StoppedExecution {
	job: EmulatedJob;
	/** Status of the execution. */
	status: string;
	/** End of the execution as n8n recorded it. */
	stoppedMs: number;
	/** End of the node. */
	nodeMs: number;
	/** Cancel request; `null` if there was none. */
	cancelMs: number | null;
	pollsAtStop: number;
	/** Polls after the stop; set by the test once it has waited long enough. */
	pollsLater: number;
	cancels: number;
}

/**
 * Stops the running execution of the workflow `<provider>-image` after its first poll, and waits until the
 * node ends.
 */
export async function stopWhilePolling(fixture: N8nFixture, provider: string): Promise<StoppedExecution> {
	const name = `${provider}-image`;
	const { emulator, n8n } = fixture;
	const job = await waitUntil('the job is submitted', () =>
		emulator.jobs.find((candidate) => candidate.provider === provider),
	);
	await waitUntil('the job is polled', () => requestsOf(fixture, job, 'status').length > 0);
	const execution = await fixture.execution(name, { status: ['running'] });
	const stopRequestedAt = Date.now();
	await n8n.rest('POST', `/executions/${execution.id}/stop`);
	// n8n discards what a node returns after the stop; only its log shows that the node has ended.
	await waitUntil('the node ends', () => n8n.log().includes(`${job.id} [Item 0]`));
	const nodeMs = Date.now() - stopRequestedAt;
	const pollsAtStop = requestsOf(fixture, job, 'status').length;
	const { status, stoppedAt } = await fixture.execution(name);
	const cancels = requestsOf(fixture, job, 'cancel');
	const [cancel] = cancels;
	return {
		job,
		status,
		stoppedMs: Date.parse(stoppedAt ?? '') - stopRequestedAt,
		nodeMs,
		cancelMs: cancel ? cancel.at - stopRequestedAt : null,
		pollsAtStop,
		pollsLater: NaN,
		cancels: cancels.length,
	};
}
