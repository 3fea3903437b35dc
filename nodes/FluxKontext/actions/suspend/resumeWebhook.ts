import type { IDataObject, INodeExecutionData, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { verifySignature } from '../../webhooks/signature';
import { respond, jobFromWebhook, readDelivery } from '../../transport/webhookRequest';
import { createJobContext } from '../connection';
import {
	DELIVERY_TIMEOUT_MS,
	isUnreadable,
	isPendingJob,
	checkUntilPending,
	neverAborted,
	readPendingJobs,
	type PendingJob,
} from './pendingJobs';
import { requeueNode } from './resumedRun';

/** The job that a call is about. */
function findCallingJob(sleepers: readonly PendingJob[], body: IDataObject): PendingJob | undefined {
	return sleepers.find(
		({ job, asked }) => jobFromWebhook(asked.connection.provider, body, job.model)?.id === job.id,
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
export async function handleResumeWebhook(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	try {
		return await handleDelivery(context);
	} catch {
		// n8n would end the execution, and its jobs with it. So the provider calls again, or the deadline comes.
		return respond(context, 503, 'The call could not be handled');
	}
}

async function handleDelivery(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const items = context.evaluateExpression('{{ $input.all() }}') as unknown as INodeExecutionData[];
	const waiting = await readPendingJobs(context, items);
	// A credential that is gone may come back.
	if (waiting.some(isUnreadable)) return respond(context, 503, 'The credential of a job is not there');
	const sleepers = waiting.filter(isPendingJob);
	const caller = findCallingJob(sleepers, context.getBodyData());
	if (!caller) return respond(context, 200, 'This execution does not wait for this job');
	const { connection } = caller.asked;
	if (
		!(await verifySignature(
			createJobContext(connection, DELIVERY_TIMEOUT_MS, neverAborted()),
			readDelivery(context),
			connection.callbackSecret,
		))
	) {
		return respond(context, 401, 'The signature is not right');
	}
	const look = await checkUntilPending(
		[caller, ...sleepers.filter((sleeper) => sleeper !== caller)],
		neverAborted(),
	);
	if (look === 'pending') return respond(context, 200, 'Other jobs are still at work');
	// So that the provider calls again.
	if (look === 'trouble') return respond(context, 503, 'The state of the jobs could not be read');
	const execution = `${caller.job.provider} ${sleepers[0]?.job.id ?? ''}`;
	const { now } = connection.ports;
	if (isWaking(execution, now())) return respond(context, 200, 'The execution is about to go on');
	const brought = requeueNode(context, items);
	waking.set(execution, now() + NOTED_MS);
	return { ...respond(context, 200, 'The execution goes on'), workflowData: [brought] };
}
