import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { isObject } from '../../core/base/json';
import { redact } from '../../core/base/redact';
import type { Engine } from '../../core/engine';
import type { JobRecord } from '../../core/job/record';
import type { Handle } from '../../core/job/snapshot';
import { triggerEvents } from '../../core/request/parameters';
import { jobFromWebhook, readDelivery, refuseSignature, respond } from '../../transport/webhookRequest';
import { verifySignature } from '../../webhooks/signature';
import { readSignedQuery, type SubmittedJob } from '../../webhooks/signedUrl';
import { connectionsOf, createJobSetup, type ProviderConnection } from '../connection';
import { unknownRequest } from '../outputContext';
import { readNodeSettings, type NodeSettings } from '../parameters/nodeSettings';
import { readProvider } from '../parameters/read';
import { jobKey, neverAborted, type PendingJob } from '../suspend/pendingJobs';
import { askAgain, handleOnce, type Handled } from './delivery';
import type { JobReport } from './reportMemory';

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

/** Checks the URL and the signature of a webhook. Returns its report, or the response that refuses it. */
async function readReport(
	context: IWebhookFunctions,
	connection: ProviderConnection,
	settings: NodeSettings,
): Promise<JobReport | IWebhookResponseData> {
	const { provider, callbackSecret, engine, ports } = connection;
	const address = readSignedQuery(context.getQueryData() as Record<string, unknown>, callbackSecret);
	const handle = address && jobFromWebhook(provider, context.getBodyData(), address.model);
	if (!address || !handle)
		return respond(context, 401, 'This address was not made with the key of this trigger');
	const { nonce, expiresAt } = address;
	if (ports.now() > expiresAt) return respond(context, 410, 'This address has expired');
	const setup = createJobSetup(connection, settings.timeoutMs, neverAborted());
	const check = await verifySignature({ ...setup, engine }, readDelivery(context), callbackSecret);
	const pending = rebuildJob(address, handle, connection, settings);
	switch (check) {
		case 'invalid':
			return refuseSignature(context, check);
		case 'unavailable':
			return askAgain(context, pending, 'The keys of the signature could not be requested');
		case 'valid':
			return { pending, nonce, expiresAt };
	}
}

async function handleWebhook(
	context: IWebhookFunctions,
	engine: Engine,
	secrets: string[],
): Promise<IWebhookResponseData> {
	const provider = readProvider(context.getNodeParameter('provider'));
	const settings = readSettings(context);
	if (!provider.ok || !settings.ok) return respond(context, 500, 'The trigger is not set up');
	const events = context.getNodeParameter('events', [...triggerEvents]);
	const connection = await connectionsOf(context, engine)(provider.value);
	if (!connection.ok) return respond(context, 500, 'The trigger has no credential');
	secrets.push(...connection.value.secrets);
	const report = await readReport(context, connection.value, settings.value);
	if (!('pending' in report)) return report;
	let own: Handled | undefined;
	const isAccepted = await engine.activeReports.run(jobKey(report.pending), async () => {
		own = await handleOnce(context, engine, report, Array.isArray(events) ? (events as unknown[]) : []);
		return own.isAccepted;
	});
	// A webhook that has joined the handling of another one is answered as that one was.
	return (
		own?.response ??
		(isAccepted
			? respond(context, 200, 'This job was reported before')
			: respond(context, 503, 'The job could not be delivered'))
	);
}

/**
 * Handles the webhook with which a provider reports the end of a job that was submitted with this trigger's
 * URL. The payload is untrusted; the workflow starts with what an authenticated status request returns.
 * Never rejects.
 */
export async function handleTriggerWebhook(
	context: IWebhookFunctions,
	engine: Engine,
): Promise<IWebhookResponseData> {
	const secrets: string[] = [];
	try {
		return await handleWebhook(context, engine, secrets);
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		context.logger.error(`Flux Kontext Trigger could not handle a webhook: ${redact(reason, secrets)}`);
		// The status makes the provider repeat the webhook.
		return respond(context, 503, 'The webhook could not be handled');
	}
}
