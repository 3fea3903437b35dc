import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { isLoopback } from '../../core/http/trust';
import type { CallbackTarget, Warning } from '../../core/provider';
import { stopOf } from '../../transport/nodeContext';
import { redactJob, type ProviderConnection } from '../connection';
import { runItems, type Task } from '../runtime/runItems';
import {
	deliverJob,
	isPendingJob,
	checkUntilPending,
	readPendingJobs,
	type SuspendedEntry,
} from './pendingJobs';

/** Where the provider reports to, if anywhere, and what is wrong with that. */
export interface CallbackPlan {
	target: CallbackTarget | null;
	warnings: Warning[];
}

/** The address of this execution, with n8n's own token in it. */
export function resumeCallback(
	context: IExecuteFunctions,
	{ provider, baseUrl, callbackSecret }: ProviderConnection,
): CallbackPlan {
	const { resumeUrl: url } = context.getWorkflowDataProxy(0)['$execution'] as { resumeUrl: string };
	const message = `${provider.displayName} cannot reach this n8n at ${url.replace(/\/webhook-waiting.*/, '')}: set WEBHOOK_URL to its public address, or the execution sleeps until the timeout.`;
	const deaf = isLoopback(url) && !isLoopback(baseUrl);
	return {
		target: { url, secret: callbackSecret },
		warnings: deaf ? [{ option: 'completion', type: 'adapted', message }] : [],
	};
}

/** Images that are fetched at a time. */
const DELIVERIES = 10;

/** The items of an execution that has slept, or need not sleep: each job that it waited for becomes its images. */
async function finishAll(
	context: IExecuteFunctions,
	items: readonly INodeExecutionData[],
	waiting: readonly SuspendedEntry[],
): Promise<INodeExecutionData[]> {
	const taskAt = (index: number): Task => {
		const at = waiting[index] ?? null;
		const item = items[index];
		return async (signals, onJob) => {
			if (!isPendingJob(at)) return at ? { failure: at } : { items: item ? [item] : [] };
			onJob(redactJob(at.asked.connection, at.job));
			return await deliverJob(at, signals);
		};
	};
	return await runItems(
		context,
		async () =>
			await Promise.resolve({
				entries: items.map((_, index) => ({ tasks: [taskAt(index)] })),
				concurrency: DELIVERIES,
			}),
	);
}

/** Goes on with what a call has brought: see `runAgain`. */
export async function resumeExecution(
	context: IExecuteFunctions,
	items: readonly INodeExecutionData[],
): Promise<INodeExecutionData[]> {
	return await finishAll(context, items, await readPendingJobs(context, items));
}

/**
 * Puts the execution to sleep for the jobs among these items, until the last of them has called or the time is over; then
 * n8n itself passes the items on as they are. Jobs that are over by now may have called before anybody could hear them.
 */
export async function suspendExecution(
	context: IExecuteFunctions,
	items: INodeExecutionData[],
	timeoutMs: number,
): Promise<INodeExecutionData[]> {
	const waiting = await readPendingJobs(context, items);
	if (waiting.every((at) => at === null)) return items;
	const stop = stopOf(context);
	if ((await checkUntilPending(waiting.filter(isPendingJob), { stop, signal: stop })) === 'over')
		return await finishAll(context, items, waiting);
	const entry = context.getExecuteData();
	// Not changed in place: the node before shows the same items as its output. A list of its own: n8n empties the one
	// that is returned when it looks for those that belong on the error output.
	entry.data = { ...entry.data, main: [[...items]] };
	await context.putExecutionToWait(new Date(Date.now() + timeoutMs));
	return items;
}
