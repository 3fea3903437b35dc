import type { IDataObject, INodeExecutionData, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { isObject } from '../core/base/json';
import type { Engine } from '../core/engine';
import type { JobRecord } from '../core/job/record';
import type { Handle } from '../core/job/snapshot';
import { triggerEvents, type TriggerEvent } from '../core/request/parameters';
import { jobFromWebhook, readDelivery, respond } from '../transport/webhookRequest';
import { verifySignature } from '../webhooks/signature';
import { readSignedQuery, type SubmittedJob } from '../webhooks/signedUrl';
import { connectionsOf, createJobSetup, type ProviderConnection } from './connection';
import { errorItem } from './items/error';
import { unknownRequest } from './outputContext';
import { readNodeSettings, type NodeSettings } from './parameters/nodeSettings';
import { readProvider } from './parameters/read';
import type { TaskResult } from './runtime/runItems';
import { checkUntilPending, deliverJob, neverAborted, type PendingJob } from './suspend/pendingJobs';

function readSettings(context: IWebhookFunctions) {
	const options = context.getNodeParameter('options', {});
	return readNodeSettings(isObject(options) ? (options as IDataObject) : {});
}

/** Rebuilds the job from the signed query of its callback URL and the id in the payload. */
function rebuildJob(
	{ model, submittedAt, seed }: SubmittedJob,
	handle: Handle,
	connection: ProviderConnection,
	{ binaryField, fileName }: NodeSettings,
): PendingJob {
	const job: JobRecord<Handle> = {
		provider: connection.provider.id,
		model,
		id: handle.id,
		status: 'pending',
		providerStatus: '',
		submittedAt,
		handle,
	};
	return { job, output: { ...unknownRequest, seed, itemIndex: 0, connection, binaryField, fileName } };
}

/**
 * Checks the webhook: its URL, its signature and the state of its job. Returns the job, or the response that
 * refuses it.
 */
async function acceptJob(
	context: IWebhookFunctions,
	connection: ProviderConnection,
	settings: NodeSettings,
): Promise<PendingJob | IWebhookResponseData> {
	const { provider, callbackSecret, engine, ports } = connection;
	const submitted = readSignedQuery(context.getQueryData() as Record<string, unknown>, callbackSecret);
	const handle = submitted && jobFromWebhook(provider, context.getBodyData(), submitted.model);
	if (!submitted || !handle)
		return respond(context, 401, 'This address was not made with the key of this trigger');
	const setup = createJobSetup(connection, settings.timeoutMs, neverAborted());
	if (!(await verifySignature({ ...setup, engine }, readDelivery(context), callbackSecret)))
		return respond(context, 401, 'The signature is invalid');
	const pending = rebuildJob(submitted, handle, connection, settings);
	// The status makes the provider repeat the webhook.
	if ((await checkUntilPending([pending], neverAborted())) !== 'over')
		return respond(context, 503, 'The state of the job could not be read');
	const key = `${provider.id} ${handle.id}`;
	if (engine.reportedJobs.has(key, ports.now()))
		return respond(context, 200, 'This job was reported before');
	engine.reportedJobs.add(key, ports.now());
	return pending;
}

/** Returns the items that the workflow starts with; none where the trigger does not report this event. */
function startItems(context: IWebhookFunctions, result: TaskResult): INodeExecutionData[] {
	const event: TriggerEvent = 'items' in result ? 'succeeded' : 'failed';
	const events = context.getNodeParameter('events', [...triggerEvents]);
	if (!Array.isArray(events) || !(events as unknown[]).includes(event)) return [];
	const items = 'items' in result ? result.items : [errorItem(result.failure)];
	return items.map(({ json, binary }) => ({ json, ...(binary && { binary }) }));
}

/**
 * Handles the webhook with which a provider reports the end of a job that was submitted with this trigger's
 * URL. The payload is untrusted; the workflow starts with what an authenticated status request returns.
 */
export async function handleTriggerWebhook(
	context: IWebhookFunctions,
	engine: Engine,
): Promise<IWebhookResponseData> {
	const provider = readProvider(context.getNodeParameter('provider'));
	const settings = readSettings(context);
	if (!provider.ok || !settings.ok) return respond(context, 500, 'The trigger is not set up');
	const connection = await connectionsOf(context, engine)(provider.value);
	if (!connection.ok) return respond(context, 500, 'The trigger has no credential');
	const accepted = await acceptJob(context, connection.value, settings.value);
	if (!('job' in accepted)) return accepted;
	// Before the images are downloaded, which may take longer than a provider waits for the response.
	const response = respond(context, 200, 'The workflow starts');
	const items = startItems(context, await deliverJob(accepted, neverAborted()));
	return items.length > 0 ? { ...response, workflowData: [items] } : response;
}
