import { z } from 'zod';

import { succeed, type Result } from '../../core/base/faults';
import { errorText } from '../../core/http/errors';
import type { Handle, JobSnapshot } from '../../core/job/snapshot';
import { stateOf, type StatusWords } from '../../core/job/statuses';
import { collectImages } from '../shared/collectImages';
import { unreadable } from '../shared/failures';
import { jobIdSchema } from '../shared/handles';
import { lazy, optional } from '../shared/schema';
import { failureOf, name } from './errors';

/** Status words. */
export const statuses: StatusWords = {
	pending: ['in_progress', 'pending', 'processing', 'queued', 'in_queue'],
	succeeded: ['completed'],
	failed: ['failed', 'canceled', 'cancelled'],
};

/** Schema of a task, as Vtrix calls its jobs. */
export const taskSchema = lazy(() =>
	z.object({
		id: jobIdSchema(),
		status: optional.text(),
		// From 0 to 1.
		progress: optional.number(),
		// A list of `{ content: [{ type, url }] }`.
		output: z.unknown(),
		usage: z
			.object({ cost: z.union([z.string(), z.number()]).nullish().catch(null) })
			.nullish()
			.catch(null),
		error: z.unknown(),
	}),
);

/** Task as a response describes it. */
export type Task = z.infer<ReturnType<typeof taskSchema>>;

/** Reads the cost in USD; `null` where the task states none. */
function costOf({ usage }: Task): number | null {
	const cost = usage?.cost == null || usage.cost === '' ? null : Number(usage.cost);
	return cost !== null && Number.isFinite(cost) ? cost : null;
}

/** Reads the state of a job from its task. */
export function readState(task: Task, handle: Handle, baseUrl: string): Result<JobSnapshot> {
	const { progress, error } = task;
	const providerStatus = task.status ?? 'in_progress';
	const state = stateOf(providerStatus, statuses);
	if (state === 'pending')
		return succeed({ state, handle, providerStatus, ...(progress != null && { progress }) });
	const images = collectImages(task.output, { baseUrl, expiresAt: null });
	// SeaCloud: `completed` means no more than that the job is over.
	if (state === 'failed' || (images.length === 0 && errorText(error) !== null))
		return succeed({ state: 'failed', handle, providerStatus, fault: failureOf(providerStatus, error) });
	if (images.length === 0) return succeed(unreadable(name, handle, providerStatus, task));
	return succeed({ state, handle, providerStatus, images, meta: { cost: costOf(task) } });
}
