import type { Fault } from '../base/faults';
import { cancelJob, type Cancellation } from './cancel';
import type { JobContext } from './context';
import type { Handle } from './snapshot';
import { raceStop } from './stop';

/** Advice for a job that was cancelled at its timeout, so that there is nothing left to fetch. */
const RAISE_TIMEOUT = "Raise 'Timeout' in the options.";

function describe(cancellation: Cancellation | 'stopped'): string {
	if (cancellation === 'stopped') return 'Its cancellation was asked for at the provider.';
	return cancellation.cancelled
		? 'It was cancelled at the provider.'
		: `It was not cancelled: ${cancellation.message}.`;
}

/**
 * Cancels a job that the caller gives up on, where the provider can, and adds the outcome to the fault. After
 * the user's stop it waits only a grace period for the provider; the cancellation continues in the
 * background. Never rejects.
 */
export async function abandonJob<H extends Handle>(
	context: JobContext<H>,
	handle: H,
	fault: Fault,
): Promise<Fault> {
	const { ports, engine } = context;
	const cancelling = cancelJob(context, handle);
	const cancellation = ports.stop.aborted
		? await raceStop(ports, cancelling, engine.limits.stopGraceMs)
		: await cancelling;
	const isOver = cancellation !== 'stopped' && cancellation.cancelled;
	const advised = isOver && fault.code === 'timeout' ? RAISE_TIMEOUT : fault.description;
	return { ...fault, description: `${describe(cancellation)} ${advised}` };
}
