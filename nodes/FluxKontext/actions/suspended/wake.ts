import type { IDataObject, INodeExecutionData, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { runPool } from '../../core/pool';
import { errorItem, type Failure } from '../../transport/errors';
import { isGenuine } from '../../transport/knock';
import { answerCall, readKnock } from '../../transport/call';
import { runOf } from '../account';
import { DELIVERIES } from './sleep';
import { keptOf } from './waitingItem';
import { DELIVERY_TIMEOUT_MS, finish, lookAtAll, nobodyStops, sleepersOf, type Sleeper } from './sleepers';
import { failWith, runAgain } from './woken';

/** The job that a call is about. */
function knocking(sleepers: readonly Sleeper[], body: IDataObject): Sleeper | undefined {
	return sleepers.find(({ job, asked }) => asked.account.provider.callback?.jobOf(body, job.model)?.id === job.id);
}

async function deliverAll(items: readonly INodeExecutionData[], sleepers: readonly Sleeper[]) {
	const failures: Failure[] = [];
	const of = new Map(sleepers.map((sleeper) => [sleeper.index, sleeper]));
	const tasks = items.map((item, index) => async (): Promise<INodeExecutionData[]> => {
		const sleeper = of.get(index);
		if (!sleeper) return await Promise.resolve([item]);
		const result = await finish(sleeper, nobodyStops());
		if ('items' in result) return result.items;
		failures.push(result.failure);
		return [errorItem(result.failure)];
	});
	const results = await runPool(tasks, DELIVERIES, { aborted: false });
	return { woken: results.flatMap((done) => done ?? []), failures };
}

const continues = ({ onError }: { onError?: string }): boolean => onError === 'continueRegularOutput' || onError === 'continueErrorOutput';

/**
 * Executions that go on, and until when another call about them is late: it would only fetch the images again. n8n itself
 * refuses it, but takes note of the first call only when that has delivered.
 */
const waking = new Map<string, number>();
const NOTED_MS = 60_000;

function isWaking(execution: string, now: number): boolean {
	for (const [each, until] of waking) if (until < now) waking.delete(each);
	return waking.has(execution);
}

/**
 * A provider calls an execution that sleeps: a job has ended. Its word is only a reason to look; what is delivered is
 * what the provider itself says when it is asked with the key. Goes on when all jobs of the execution are over.
 */
export async function wake(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	try {
		return await hear(context);
	} catch {
		// n8n would end the execution, and its jobs with it. So the provider calls again, or the deadline comes.
		return answerCall(context, 503, 'The call could not be handled');
	}
}

async function hear(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const items = context.evaluateExpression('{{ $input.all() }}') as unknown as INodeExecutionData[];
	const sleepers = await sleepersOf(context, items);
	// A credential that is gone may come back; what is woken now without it would go on without its image.
	if (sleepers.length < items.filter(keptOf).length) return answerCall(context, 503, 'The credential of a job is not there');
	const caller = knocking(sleepers, context.getBodyData());
	if (!caller) return answerCall(context, 200, 'This execution does not wait for this job');
	const { account } = caller.asked;
	if (!(await isGenuine(runOf(account, DELIVERY_TIMEOUT_MS, nobodyStops()), readKnock(context), account.callbackSecret))) {
		return answerCall(context, 401, 'The signature is not right');
	}
	const look = await lookAtAll([caller, ...sleepers.filter((sleeper) => sleeper !== caller)], nobodyStops());
	if (look === 'pending') return answerCall(context, 200, 'Other jobs are still at work');
	// So that the provider calls again.
	if (look === 'trouble') return answerCall(context, 503, 'The state of the jobs could not be read');
	const execution = `${caller.job.provider} ${sleepers[0]?.job.id ?? ''}`;
	const { now } = account.ports;
	if (isWaking(execution, now())) return answerCall(context, 200, 'The execution is about to go on');
	waking.set(execution, Infinity);
	try {
		// At once: fetching the images may take longer than a provider waits.
		const answered = answerCall(context, 200, 'The execution goes on');
		const { woken, failures } = await deliverAll(items, sleepers);
		const [first] = failures;
		if (first && !continues(context.getNode())) failWith(context, first, sleepers);
		return { ...answered, workflowData: [runAgain(context, woken)] };
	} finally {
		waking.set(execution, now() + NOTED_MS);
	}
}
