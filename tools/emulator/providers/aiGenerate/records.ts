import type { ProviderContext } from '../../provider';
import type { EmulatedJob, JobState } from '../../types';

const successFlags: Record<JobState | 'unknown', number> = {
	queued: 0,
	running: 0,
	succeeded: 1,
	failed: 3,
	// The record of a moderated task is NOT FOUND; a third party shows it as a failure with the code 400.
	moderated: 3,
	cancelled: 3,
	unknown: 7,
};
const statusNames: Record<JobState | 'unknown', string> = {
	queued: 'queuing',
	running: 'generating',
	succeeded: 'success',
	failed: 'fail',
	moderated: 'fail',
	cancelled: 'fail',
	unknown: 'daydreaming',
};
const policyViolation = 'The image we created may violate our content policies.';

const paramsOf = ({ body }: EmulatedJob): string => JSON.stringify(body);

/** Returns the record of a task of a Kontext model. */
export function kontextRecord(
	job: EmulatedJob,
	state: JobState | 'unknown',
	context: ProviderContext,
): object {
	const ended = ['succeeded', 'failed', 'moderated'].includes(state);
	const failed = state === 'failed' || state === 'moderated';
	return {
		taskId: job.id,
		paramJson: paramsOf(job),
		createTime: new Date(job.acceptedAt).toISOString(),
		completeTime: ended ? new Date(job.endsAt).toISOString() : null,
		// Both 2 and 3 are failures; they differ in the step that failed.
		successFlag: state === 'failed' && job.number % 2 === 0 ? 2 : successFlags[state],
		errorCode: failed ? (state === 'moderated' ? 400 : 500) : null,
		errorMessage: state === 'moderated' ? policyViolation : (job.failure ?? ''),
		response:
			state === 'succeeded' ? { originImageUrl: null, resultImageUrl: context.linkTo(job) } : null,
	};
}

/** Returns the record of a task whose model is named by a slug. */
export function taskRecord(job: EmulatedJob, state: JobState | 'unknown', context: ProviderContext): object {
	const failed = state === 'failed' || state === 'moderated';
	const ended = failed || state === 'succeeded';
	return {
		taskId: job.id,
		model: job.model,
		state: statusNames[state],
		param: paramsOf(job),
		resultJson: state === 'succeeded' ? JSON.stringify({ resultUrls: [context.linkTo(job)] }) : null,
		failCode: failed ? (state === 'moderated' ? '400' : '500') : '',
		failMsg: state === 'moderated' ? policyViolation : (job.failure ?? ''),
		costTime: ended ? job.endsAt - job.acceptedAt : null,
		createTime: job.acceptedAt,
		completeTime: ended ? job.endsAt : null,
		updateTime: context.clock.now(),
	};
}
