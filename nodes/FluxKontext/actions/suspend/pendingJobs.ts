import type { INodeExecutionData } from 'n8n-workflow';

import { fault, type Fault } from '../../core/base/faults';
import { LOOK_TIMEOUT_MS } from '../../core/base/limits';
import { readJob, type JobRecord } from '../../core/job/record';
import { followJob } from '../../core/job/poll';
import type { Handle } from '../../core/provider';
import { providerById } from '../../providers';
import type { Failure } from '../items/error';
import type { NodeContext } from '../../transport/nodeContext';
import { connectionsOf, createJobContext } from '../connection';
import type { OutputContext } from '../outputContext';
import { resume } from '../job/resume';
import type { Signals, TaskResult } from '../runtime/runItems';
import { readSuspendedContext } from './suspendedItem';

/** A job that an execution sleeps for. */
export interface PendingJob {
	job: JobRecord<Handle>;
	asked: OutputContext;
}

/** What waits at the place of an item: a job, or one that cannot be asked for; `null` where the item is finished, or failed to be submitted. */
export type SuspendedEntry = PendingJob | Failure | null;

export const isPendingJob = (waiting: SuspendedEntry): waiting is PendingJob =>
	waiting !== null && 'asked' in waiting;
export const isUnreadable = (waiting: SuspendedEntry): waiting is Failure =>
	waiting !== null && 'fault' in waiting;

/** What waits at the place of each item. */
export async function readPendingJobs(
	context: NodeContext,
	items: readonly INodeExecutionData[],
): Promise<SuspendedEntry[]> {
	const connectionOf = connectionsOf(context);
	const at = async (item: INodeExecutionData, index: number): Promise<SuspendedEntry> => {
		const kept = readSuspendedContext(item);
		if (!kept) return null;
		const given = item.json['job'] as JobRecord | undefined;
		const { pairedItem } = item;
		const itemIndex = typeof pairedItem === 'object' && 'item' in pairedItem ? pairedItem.item : index;
		const provider = providerById(given?.provider);
		const lost = (fault: Fault): Failure => ({
			itemIndex,
			provider: provider?.id ?? '',
			fault,
			job: given ?? null,
		});
		if (!provider)
			return lost(fault('invalidRequest', 'The job of a sleeping execution names no provider'));
		const connection = await connectionOf(provider);
		if (!connection.ok) return lost(connection.fault);
		const { baseUrl, ports } = connection.value;
		const job = readJob(given, provider, { baseUrl, now: ports.now() });
		return job.ok
			? { job: job.value, asked: { ...kept, itemIndex, connection: connection.value } }
			: lost(job.fault);
	};
	return await Promise.all(items.map(at));
}

/** How a job is: over in one way or another, at work, or not to be seen. */
type Look = 'over' | 'pending' | 'trouble';

async function checkJob({ job, asked }: PendingJob, signals: Signals): Promise<Look> {
	const { handle, providerStatus, submittedAt, model } = job;
	const first = { state: 'pending', handle, providerStatus } as const;
	const following = { submittedAt: Date.parse(submittedAt), model, atOnce: true, once: true };
	const { snapshot, fault } = await followJob(
		createJobContext(asked.connection, LOOK_TIMEOUT_MS, signals),
		first,
		following,
	);
	if (fault && ['unavailable', 'cancelled'].includes(fault.code)) return 'trouble';
	// What else is wrong will not get better: it is told when the image is asked for.
	return fault || snapshot.state !== 'pending' ? 'over' : 'pending';
}

/** Looks at one job after the other until one is not over: most calls come while others are at work. */
export async function checkUntilPending(sleepers: readonly PendingJob[], signals: Signals): Promise<Look> {
	for (const sleeper of sleepers) {
		const look = await checkJob(sleeper, signals);
		if (look !== 'over') return look;
	}
	return 'over';
}

/** How long the images of jobs that are over may take to be fetched. */
export const DELIVERY_TIMEOUT_MS = 300_000;

/** The output of a job that is over. */
export async function deliverJob({ asked, job }: PendingJob, signals: Signals): Promise<TaskResult> {
	return await resume(
		asked,
		job,
		{ wait: true, timeoutMs: DELIVERY_TIMEOUT_MS, cancelOnTimeout: false },
		signals,
	);
}

/** For a call: n8n has no stop for what it does with one. */
export function neverAborted(): Signals {
	const { signal } = new AbortController();
	return { stop: signal, signal };
}
