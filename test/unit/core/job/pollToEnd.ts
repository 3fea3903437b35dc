import type { Result } from '../../../../nodes/FluxKontext/core/base/faults';
import { followJob } from '../../../../nodes/FluxKontext/core/job/poll';
import type { JobContext } from '../../../../nodes/FluxKontext/core/job/context';
import type { Handle, JobSnapshot } from '../../../../nodes/FluxKontext/core/provider';
import { request } from './jobs';

/** A job that was accepted this moment, followed to its end. */
export async function followToEnd<H extends Handle>(
	run: JobContext<H>,
	first: JobSnapshot<H>,
): Promise<{ snapshot: JobSnapshot<H>; result: Result<JobSnapshot<H>>; polls: number }> {
	const { snapshot, fault, polls } = await followJob(run, first, {
		submittedAt: run.ports.now(),
		model: request.model,
	});
	const result: Result<JobSnapshot<H>> = fault ? { ok: false, fault } : { ok: true, value: snapshot };
	return { snapshot, result, polls };
}
