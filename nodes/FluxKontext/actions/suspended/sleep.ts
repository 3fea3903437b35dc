import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { isLoopback } from '../../core/trust';
import type { CallbackTarget, Warning } from '../../core/types';
import { stopOf } from '../../transport/nodeContext';
import type { Account } from '../account';
import { runItems } from '../runItems';
import { finish, lookAtAll, sleepersOf, type Sleeper } from './sleepers';

/** Where the provider reports to, if anywhere, and what is wrong with that. */
export interface Bell {
	target: CallbackTarget | null;
	warnings: Warning[];
}

/** The address of this execution, with n8n's own token in it. */
export function bellOf(context: IExecuteFunctions, { provider, baseUrl, callbackSecret }: Account): Bell {
	const { resumeUrl: url } = context.getWorkflowDataProxy(0)['$execution'] as { resumeUrl: string };
	const message = `${provider.displayName} cannot reach this n8n at ${url.replace(/\/webhook-waiting.*/, '')}: set WEBHOOK_URL to its public address, or the execution sleeps until the timeout.`;
	const deaf = isLoopback(url) && !isLoopback(baseUrl);
	return { target: { url, secret: callbackSecret }, warnings: deaf ? [{ option: 'completion', type: 'adapted', message }] : [] };
}

/** Images that are fetched at a time. */
export const DELIVERIES = 10;

async function finishAll(context: IExecuteFunctions, items: readonly INodeExecutionData[], sleepers: readonly Sleeper[]): Promise<INodeExecutionData[]> {
	const byIndex = new Map(sleepers.map((sleeper) => [sleeper.index, sleeper]));
	return await runItems(context, async () => {
		const entries = items.map((item, index) => {
			const sleeper = byIndex.get(index);
			return { tasks: [sleeper ? async (signals: Parameters<typeof finish>[1]) => await finish(sleeper, signals) : async () => await Promise.resolve({ items: [item] })] };
		});
		return await Promise.resolve({ entries, concurrency: DELIVERIES });
	});
}

/**
 * Puts the execution to sleep for the jobs among these items, until the last of them has called or the time is over; then
 * n8n itself passes the items on as they are. Jobs that are over by now may have called before anybody could hear them.
 */
export async function sleepFor(context: IExecuteFunctions, items: INodeExecutionData[], timeoutMs: number): Promise<INodeExecutionData[]> {
	const sleepers = await sleepersOf(context, items);
	if (sleepers.length === 0) return items;
	const stop = stopOf(context);
	if ((await lookAtAll(sleepers, { stop, signal: stop })) === 'over') return await finishAll(context, items, sleepers);
	const entry = context.getExecuteData();
	// Not changed in place: the node before shows the same items as its output. A list of its own: n8n empties the one
	// that is returned when it looks for those that belong on the error output.
	entry.data = { ...entry.data, main: [[...items]] };
	await context.putExecutionToWait(new Date(Date.now() + timeoutMs));
	return items;
}
