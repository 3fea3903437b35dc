import type { IDataObject, INodeExecutionData, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { isGenuine } from '../../transport/knock';
import { answerCall, calledJob, readKnock } from '../../transport/call';
import { runOf } from '../account';
import {
	DELIVERY_TIMEOUT_MS,
	isLost,
	isSleeper,
	lookAtAll,
	nobodyStops,
	waitingAt,
	type Sleeper,
} from './sleepers';
import { runAgain } from './woken';

/** The job that a call is about. */
function knocking(sleepers: readonly Sleeper[], body: IDataObject): Sleeper | undefined {
	return sleepers.find(
		({ job, asked }) => calledJob(asked.account.provider, body, job.model)?.id === job.id,
	);
}

/** Executions that go on, and until when another call about them is late: n8n itself refuses it, but not in the same moment. */
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
	const waiting = await waitingAt(context, items);
	// A credential that is gone may come back.
	if (waiting.some(isLost)) return answerCall(context, 503, 'The credential of a job is not there');
	const sleepers = waiting.filter(isSleeper);
	const caller = knocking(sleepers, context.getBodyData());
	if (!caller) return answerCall(context, 200, 'This execution does not wait for this job');
	const { account } = caller.asked;
	if (
		!(await isGenuine(
			runOf(account, DELIVERY_TIMEOUT_MS, nobodyStops()),
			readKnock(context),
			account.callbackSecret,
		))
	) {
		return answerCall(context, 401, 'The signature is not right');
	}
	const look = await lookAtAll(
		[caller, ...sleepers.filter((sleeper) => sleeper !== caller)],
		nobodyStops(),
	);
	if (look === 'pending') return answerCall(context, 200, 'Other jobs are still at work');
	// So that the provider calls again.
	if (look === 'trouble') return answerCall(context, 503, 'The state of the jobs could not be read');
	const execution = `${caller.job.provider} ${sleepers[0]?.job.id ?? ''}`;
	const { now } = account.ports;
	if (isWaking(execution, now())) return answerCall(context, 200, 'The execution is about to go on');
	const brought = runAgain(context, items);
	waking.set(execution, now() + NOTED_MS);
	return { ...answerCall(context, 200, 'The execution goes on'), workflowData: [brought] };
}
