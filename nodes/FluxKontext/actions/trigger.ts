import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import type { JobRecord } from '../core/job/record';
import { isObject } from '../core/base/json';
import type { Handle } from '../core/provider';
import { errorItem } from './items/error';
import { respond, jobFromWebhook, readDelivery } from '../transport/webhookRequest';
import { readCallbackQuery } from '../webhooks/signedUrl';
import { verifySignature } from '../webhooks/signature';
import { connectionsOf, createJobContext } from './connection';
import { unknownRequest } from './outputContext';
import { readNodeSettings, readProvider } from './settings';
import { deliverJob, checkUntilPending, neverAborted, type PendingJob } from './suspend/pendingJobs';

/** Ids of the latest jobs that have started a workflow: a provider may call twice. */
const seen = new Set<string>();
const MAX_SEEN = 1_000;

function isNew(id: string): boolean {
	if (seen.has(id)) return false;
	seen.add(id);
	for (const oldest of seen) if (seen.size > MAX_SEEN) seen.delete(oldest);
	return true;
}

/**
 * A provider says that a job has ended which was submitted with this trigger's address. Its word is only a reason to
 * look: the workflow starts with what the provider says when it is asked with the key.
 */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const provider = readProvider(context.getNodeParameter('provider'));
	const options = context.getNodeParameter('options', {});
	const settings = readNodeSettings(isObject(options) ? (options as IDataObject) : {});
	if (!provider.ok || !settings.ok) return respond(context, 500, 'The trigger is not set up');
	const { id: providerId } = provider.value;
	const connection = await connectionsOf(context)(provider.value);
	if (!connection.ok) return respond(context, 500, 'The trigger has no credential');
	const submitted = readCallbackQuery(
		context.getQueryData() as Record<string, unknown>,
		connection.value.callbackSecret,
	);
	const handle = submitted && jobFromWebhook(provider.value, context.getBodyData(), submitted.model);
	if (!submitted || !handle)
		return respond(context, 401, 'This address was not made with the key of this trigger');
	const run = createJobContext(connection.value, settings.value.timeoutMs, neverAborted());
	if (!(await verifySignature(run, readDelivery(context), connection.value.callbackSecret)))
		return respond(context, 401, 'The signature is not right');

	const { model, submittedAt, seed } = submitted;
	const job: JobRecord<Handle> = {
		provider: providerId,
		model,
		id: handle.id,
		status: 'pending',
		providerStatus: '',
		submittedAt,
		handle,
	};
	const { binaryField, fileName } = settings.value;
	const sleeper: PendingJob = {
		job,
		asked: { ...unknownRequest, seed, itemIndex: 0, connection: connection.value, binaryField, fileName },
	};
	// So that the provider calls again.
	if ((await checkUntilPending([sleeper], neverAborted())) !== 'over')
		return respond(context, 503, 'The job could not be read');
	if (!isNew(`${providerId} ${handle.id}`)) return respond(context, 200, 'This job was received before');
	// At once: fetching the image may take longer than a provider waits.
	const answered = respond(context, 200, 'The workflow starts');
	const result = await deliverJob(sleeper, neverAborted());
	const [event, items] =
		'items' in result ? ['succeeded', result.items] : ['failed', [errorItem(result.failure)]];
	const events = context.getNodeParameter('events', ['succeeded', 'failed']);
	if (!Array.isArray(events) || !(events as unknown[]).includes(event)) return answered;
	return {
		...answered,
		workflowData: [items.map(({ json, binary }) => ({ json, ...(binary && { binary }) }))],
	};
}
