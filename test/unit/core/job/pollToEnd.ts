import type { Result } from '../../../../nodes/FluxKontext/core/base/faults';
import type { PollableContext } from '../../../../nodes/FluxKontext/core/job/context';
import { pollJob } from '../../../../nodes/FluxKontext/core/job/poll';
import type { Handle, JobSnapshot } from '../../../../nodes/FluxKontext/core/job/snapshot';
import { request } from './jobs';

/** Polls a job that was accepted just now until it ends. */
export async function pollToEnd<H extends Handle>(
	context: PollableContext<H>,
	first: JobSnapshot<H>,
): Promise<{ snapshot: JobSnapshot<H>; result: Result<JobSnapshot<H>>; polls: number }> {
	const { snapshot, fault, polls } = await pollJob(context, first, {
		submittedAt: context.ports.now(),
		model: request.model,
	});
	const result: Result<JobSnapshot<H>> = fault ? { ok: false, fault } : { ok: true, value: snapshot };
	return { snapshot, result, polls };
}
