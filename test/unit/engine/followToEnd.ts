import type { Result } from '../../../nodes/FluxKontext/core/faults';
import { followJob } from '../../../nodes/FluxKontext/core/poll';
import type { Run } from '../../../nodes/FluxKontext/core/run';
import type { Handle, JobSnapshot } from '../../../nodes/FluxKontext/core/types';
import { request } from './jobs';

/** A job that was accepted this moment, followed to its end. */
export async function followToEnd<H extends Handle>(
	run: Run<H>,
	first: JobSnapshot<H>,
): Promise<{ snapshot: JobSnapshot<H>; result: Result<JobSnapshot<H>>; polls: number }> {
	const { snapshot, fault, polls } = await followJob(run, first, {
		submittedAt: run.ports.now(),
		model: request.model,
	});
	const result: Result<JobSnapshot<H>> = fault ? { ok: false, fault } : { ok: true, value: snapshot };
	return { snapshot, result, polls };
}
