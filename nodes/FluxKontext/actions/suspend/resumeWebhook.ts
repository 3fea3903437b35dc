import type { IDataObject, INodeExecutionData, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import type { Engine } from '../../core/engine';
import { suspendedItems } from '../../transport/execution';
import { jobFromWebhook, readDelivery, respond } from '../../transport/webhookRequest';
import { verifySignature } from '../../webhooks/signature';
import { createJobSetup } from '../connection';
import {
	checkUntilPending,
	DELIVERY_TIMEOUT_MS,
	isPendingJob,
	isUnreadable,
	neverAborted,
	readPendingJobs,
	type PendingJob,
} from './pendingJobs';
import { requeueNode } from './resumedRun';

/** Finds the job that a payload is about. */
function findCallingJob(jobs: readonly PendingJob[], payload: IDataObject): PendingJob | undefined {
	return jobs.find(
		({ job, output }) => jobFromWebhook(output.connection.provider, payload, job.model)?.id === job.id,
	);
}

async function hasValidSignature(
	context: IWebhookFunctions,
	engine: Engine,
	{ output }: PendingJob,
): Promise<boolean> {
	const { connection } = output;
	const setup = createJobSetup(connection, DELIVERY_TIMEOUT_MS, neverAborted());
	return await verifySignature({ ...setup, engine }, readDelivery(context), connection.callbackSecret);
}

/** Resumes the execution, unless a webhook has just done so. */
function resumeOnce(
	context: IWebhookFunctions,
	engine: Engine,
	items: readonly INodeExecutionData[],
	[first]: readonly PendingJob[],
): IWebhookResponseData {
	const execution = `${first?.job.provider ?? ''} ${first?.job.id ?? ''}`;
	const now = first?.output.connection.ports.now() ?? 0;
	if (engine.resumedExecutions.has(execution, now))
		return respond(context, 200, 'The execution is being resumed');
	const requeued = requeueNode(context, items);
	engine.resumedExecutions.add(execution, now);
	return { ...respond(context, 200, 'The execution is resumed'), workflowData: [requeued] };
}

async function handleDelivery(context: IWebhookFunctions, engine: Engine): Promise<IWebhookResponseData> {
	const items = suspendedItems(context);
	const entries = await readPendingJobs(context, engine, items);
	// A missing credential may come back.
	if (entries.some(isUnreadable)) return respond(context, 503, 'The credential of a job is missing');
	const jobs = entries.filter(isPendingJob);
	const caller = findCallingJob(jobs, context.getBodyData());
	if (!caller) return respond(context, 200, 'This execution does not wait for this job');
	if (!(await hasValidSignature(context, engine, caller)))
		return respond(context, 401, 'The signature is invalid');
	const others = jobs.filter((job) => job !== caller);
	switch (await checkUntilPending([caller, ...others], neverAborted())) {
		case 'pending':
			return respond(context, 200, 'Other jobs are pending');
		case 'unreadable':
			// The status makes the provider repeat the webhook.
			return respond(context, 503, 'The state of the jobs could not be read');
		case 'over':
			return resumeOnce(context, engine, items, jobs);
	}
}

/**
 * Handles the webhook with which a provider reports the end of a job to a suspended execution. The payload is
 * untrusted; it only triggers authenticated status requests. The execution is resumed when all its jobs are
 * over. Never rejects.
 */
export async function handleResumeWebhook(
	context: IWebhookFunctions,
	engine: Engine,
): Promise<IWebhookResponseData> {
	try {
		return await handleDelivery(context, engine);
	} catch {
		// An exception would end the execution, and its jobs with it. The provider repeats the webhook after
		// a 503.
		return respond(context, 503, 'The webhook could not be handled');
	}
}
