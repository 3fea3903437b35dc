import type { INodeExecutionData } from 'n8n-workflow';

import { fault, type Fault } from '../../core/base/faults';
import type { Engine } from '../../core/engine';
import type { JobCheck } from '../../core/job/check';
import type { GroupMember } from '../../core/job/groupChecks';
import { readJob, type JobRecord } from '../../core/job/record';
import type { Handle } from '../../core/job/snapshot';
import { providerById } from '../../providers';
import type { NodeContext } from '../../transport/nodeContext';
import { connectionsOf, createJobSetup, type OpenConnection, type Signals } from '../connection';
import type { Failure } from '../items/error';
import { resumeToItems } from '../job/resume';
import type { OutputContext } from '../outputContext';
import type { TaskResult } from '../runtime/runItems';
import { readSuspendedContext } from './suspendedItem';

/** Job that a suspended execution waits for. */
export interface PendingJob {
	job: JobRecord<Handle>;
	output: OutputContext;
}

/**
 * Entry of a suspended execution: a job, a job that cannot be read, or `null` for an item that is complete.
 */
export type SuspendedEntry = PendingJob | Failure | null;

/** Tells whether an entry is a job that can be resumed. */
export const isPendingJob = (entry: SuspendedEntry): entry is PendingJob =>
	entry !== null && 'output' in entry;

/** Tells whether an entry is a job that cannot be read, for example because its credential is missing. */
export const isUnreadable = (entry: SuspendedEntry): entry is Failure => entry !== null && 'fault' in entry;

async function readEntry(
	item: INodeExecutionData,
	index: number,
	openConnection: OpenConnection,
): Promise<SuspendedEntry> {
	const context = readSuspendedContext(item);
	if (!context) return null;
	const record = item.json['job'] as JobRecord | undefined;
	const { pairedItem } = item;
	const itemIndex = typeof pairedItem === 'object' && 'item' in pairedItem ? pairedItem.item : index;
	const provider = providerById(record?.provider);
	const unreadable = (fault: Fault): Failure => ({
		itemIndex,
		provider: provider?.id ?? '',
		fault,
		job: record ?? null,
	});
	if (!provider)
		return unreadable(fault('invalidRequest', 'The job of a suspended execution names no provider'));
	const connection = await openConnection(provider);
	if (!connection.ok) return unreadable(connection.fault);
	const job = readJob(record, provider, connection.value.signer);
	return job.ok
		? { job: job.value, output: { ...context, itemIndex, connection: connection.value } }
		: unreadable(job.fault);
}

/** Reads the entry of each item that a suspended execution was stored with. Never rejects. */
export async function readPendingJobs(
	context: NodeContext,
	engine: Engine,
	items: readonly INodeExecutionData[],
): Promise<SuspendedEntry[]> {
	const openConnection = connectionsOf(context, engine);
	return await Promise.all(items.map(async (item, index) => await readEntry(item, index, openConnection)));
}

/** Milliseconds that storing the images of finished jobs may take. */
export const DELIVERY_TIMEOUT_MS = 300_000;

/** Checks once whether a job is over. Never rejects. */
export async function checkPendingJob({ job, output }: PendingJob, signals: Signals): Promise<JobCheck> {
	const { connection } = output;
	const setup = createJobSetup(connection, connection.engine.limits.checkTimeoutMs, signals);
	return await connection.engine.checkJob(setup, job);
}

/** Checks one job after the other until one is not over. `over` means that all are. Never rejects. */
export async function checkUntilPending(jobs: readonly PendingJob[], signals: Signals): Promise<JobCheck> {
	for (const pending of jobs) {
		const check = await checkPendingJob(pending, signals);
		if (check !== 'over') return check;
	}
	return 'over';
}

/** Returns a text that distinguishes a job from every other job of this process. */
export function jobKey({ job, output }: PendingJob): string {
	const { provider, baseUrl, keyFingerprint } = output.connection;
	return `${provider.id} ${baseUrl} ${keyFingerprint} ${job.id}`;
}

/** Returns a job as a member of the group that its suspended execution waits for. */
export const toGroupMember = (pending: PendingJob): GroupMember => ({
	key: jobKey(pending),
	check: async () => await checkPendingJob(pending, neverAborted()),
});

/** Returns the output items of a job that is over. Never rejects. */
export async function deliverJob({ output, job }: PendingJob, signals: Signals): Promise<TaskResult> {
	const settings = { wait: true, timeoutMs: DELIVERY_TIMEOUT_MS, cancelOnTimeout: false };
	return await resumeToItems(output, job, settings, signals);
}

/** Returns signals for a webhook request, which n8n cannot stop. */
export function neverAborted(): Signals {
	const { signal } = new AbortController();
	return { stop: signal, signal };
}
