import type { IDataObject, INodeExecutionData, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import type { Engine } from '../../core/engine';
import { suspendedItems } from '../../transport/execution';
import { jobFromWebhook, readDelivery, refuseSignature, respond } from '../../transport/webhookRequest';
import { verifySignature } from '../../webhooks/signature';
import type { SignatureCheck } from '../../webhooks/verification';
import { createJobSetup } from '../connection';
import {
	DELIVERY_TIMEOUT_MS,
	isPendingJob,
	isUnreadable,
	jobKey,
	neverAborted,
	readPendingJobs,
	toGroupMember,
	type PendingJob,
} from './pendingJobs';
import { requeueNode } from './resumedRun';

/** Finds the job that a payload is about. */
function findCallingJob(jobs: readonly PendingJob[], payload: IDataObject): PendingJob | undefined {
	return jobs.find(
		({ job, output }) => jobFromWebhook(output.connection.provider, payload, job.model)?.id === job.id,
	);
}

async function checkSignature(
	context: IWebhookFunctions,
	engine: Engine,
	{ output }: PendingJob,
): Promise<SignatureCheck> {
	const { connection } = output;
	const setup = createJobSetup(connection, DELIVERY_TIMEOUT_MS, neverAborted());
	return await verifySignature({ ...setup, engine }, readDelivery(context), connection.callbackSecret);
}

/**
 * Returns a text that distinguishes this suspension from every other one, of which an execution may have
 * several, one after the other.
 */
function suspensionKey(context: IWebhookFunctions, jobs: readonly PendingJob[]): string {
	const [first, last] = [jobs[0], jobs.at(-1)].map((job) => (job ? jobKey(job) : ''));
	return `${context.getExecutionId()} ${jobs.length} ${first} ${last}`;
}

/**
 * Resumes the execution, unless a webhook has just done so. Synchronous, so that of webhooks that are handled
 * at the same time only one resumes it.
 */
function resumeOnce(
	context: IWebhookFunctions,
	engine: Engine,
	items: readonly INodeExecutionData[],
	{ suspension, now }: { suspension: string; now: () => number },
): IWebhookResponseData {
	if (engine.resumedExecutions.has(suspension, now()))
		return respond(context, 200, 'The execution is being resumed');
	const requeued = requeueNode(context, items);
	engine.resumedExecutions.add(suspension, now());
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
	const signature = await checkSignature(context, engine, caller);
	if (signature !== 'valid') return refuseSignature(context, signature);
	const { now } = caller.output.connection.ports;
	// The status makes the provider repeat the webhook: its API may be behind.
	if ((await engine.groupChecks.checkMember(toGroupMember(caller))) !== 'over')
		return respond(context, 503, 'The end of this job could not be confirmed');
	const suspension = suspensionKey(context, jobs);
	switch (await engine.groupChecks.checkGroup(suspension, jobs.map(toGroupMember), now)) {
		case 'pending':
			return respond(context, 200, 'Other jobs are pending');
		case 'unreadable':
			return respond(context, 503, 'The state of the jobs could not be read');
		case 'over':
			return resumeOnce(context, engine, items, { suspension, now });
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
