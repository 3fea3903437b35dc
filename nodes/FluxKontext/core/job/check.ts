import { isPollable, withCheckDeadline, type JobContext } from './context';
import { pollJob } from './poll';
import type { JobRecord } from './record';
import type { Handle } from './snapshot';

/**
 * What checking a job found: it is over in one way or another, it is pending, or its state could not be read.
 */
export type JobCheck = 'over' | 'pending' | 'unreadable';

/** Checks once whether a job of an earlier run is over, within `checkTimeoutMs`. Never rejects. */
export async function checkJob<H extends Handle>(
	context: JobContext<H>,
	{ handle, providerStatus, submittedAt, model }: JobRecord<H>,
): Promise<JobCheck> {
	if (!isPollable(context)) return 'over';
	const pending = { state: 'pending', handle, providerStatus } as const;
	const options = { submittedAt: Date.parse(submittedAt), model, atOnce: true, once: true };
	const { snapshot, fault } = await pollJob(withCheckDeadline(context), pending, options);
	if (fault && ['unavailable', 'cancelled'].includes(fault.code)) return 'unreadable';
	// Any other fault will not pass; it is reported when the images are requested.
	return fault || snapshot.state !== 'pending' ? 'over' : 'pending';
}
