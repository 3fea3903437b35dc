import type { INodeExecutionData, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import type { Engine } from '../../core/engine';
import type { JobRecord } from '../../core/job/record';
import type { TriggerEvent } from '../../core/request/parameters';
import { respond } from '../../transport/webhookRequest';
import { redactJob } from '../connection';
import { errorItem } from '../items/error';
import type { TaskResult } from '../runtime/runItems';
import { checkPendingJob, deliverJob, neverAborted, type PendingJob } from '../suspend/pendingJobs';
import { openReportMemory, type JobReport } from './reportMemory';

/** Writes an undelivered job to n8n's log: if no further webhook arrives, nothing else names it. */
function logJob(context: IWebhookFunctions, job: JobRecord | null, reason: string): void {
	context.logger.warn(
		`Flux Kontext Trigger could not deliver a job (${reason}) ` +
			`and waits for the provider to report it again: ${JSON.stringify(job)}`,
	);
}

/** Asks the provider to repeat a webhook, and writes its job to n8n's log. */
export function askAgain(
	context: IWebhookFunctions,
	{ job, output }: PendingJob,
	reason: string,
): IWebhookResponseData {
	logJob(context, redactJob(output.connection, job), reason);
	return respond(context, 503, reason);
}

/**
 * Tells whether the provider has said how the job ended. It has not where it does not know the job, or no
 * longer.
 */
function isConfirmedBy(result: TaskResult): boolean {
	if ('items' in result) return true;
	const { job, fault } = result.failure;
	return job?.status === 'succeeded' || (job?.status === 'failed' && fault.code !== 'notFound');
}

/** Tells whether the job itself has failed, so that another attempt at delivering it cannot help. */
const hasJobFailed = (result: TaskResult): boolean =>
	'failure' in result && result.failure.job?.status === 'failed' && isConfirmedBy(result);

/** Response to a report, and whether the report need not be repeated. */
export interface Handled {
	response: IWebhookResponseData;
	isAccepted: boolean;
	/** Whether the provider has confirmed the end of the job, so that the job exists. */
	isConfirmed: boolean;
}

/**
 * Delivers the job of a report. The webhook is answered only when the images are stored, because nothing but
 * a repeated webhook leads to another attempt. A provider that waits no longer than some seconds repeats the
 * webhook in the meantime, and that one shares this delivery.
 */
async function deliverReport(
	context: IWebhookFunctions,
	pending: PendingJob,
	events: readonly unknown[],
): Promise<Handled> {
	const refuse = (response: IWebhookResponseData): Handled => ({
		response,
		isAccepted: false,
		isConfirmed: false,
	});
	if ((await checkPendingJob(pending, neverAborted())) !== 'over')
		return refuse(askAgain(context, pending, 'The end of the job could not be confirmed'));
	const result = await deliverJob(pending, neverAborted());
	const event: TriggerEvent = 'items' in result ? 'succeeded' : 'failed';
	const isConfirmed = isConfirmedBy(result);
	if (events.includes(event)) {
		const items = 'items' in result ? result.items : [errorItem(result.failure)];
		const started: INodeExecutionData[] = items.map(({ json, binary }) => ({
			json,
			...(binary && { binary }),
		}));
		const response = respond(context, 200, 'The workflow starts');
		return { response: { ...response, workflowData: [started] }, isAccepted: true, isConfirmed };
	}
	if ('failure' in result && !hasJobFailed(result)) {
		logJob(context, result.failure.job, result.failure.fault.message);
		return refuse(respond(context, 503, 'The images of the job could not be stored'));
	}
	const response = respond(context, 200, 'This trigger does not report this event');
	return { response, isAccepted: true, isConfirmed };
}

/** Handles a report unless the memory refuses it, and remembers it. Rejects as the delivery does. */
export async function handleOnce(
	context: IWebhookFunctions,
	engine: Engine,
	report: JobReport,
	events: readonly unknown[],
): Promise<Handled> {
	const memory = openReportMemory(context, engine, report);
	switch (memory.state()) {
		case 'repeated': {
			const response = respond(context, 200, 'This job was reported before');
			return { response, isAccepted: true, isConfirmed: true };
		}
		case 'foreign': {
			const response = respond(context, 409, 'This address belongs to another job');
			return { response, isAccepted: false, isConfirmed: false };
		}
		case 'new':
			memory.reserve();
	}
	let isAccepted = false;
	try {
		const handled = await deliverReport(context, report.pending, events);
		({ isAccepted } = handled);
		if (isAccepted) memory.accept(handled.isConfirmed);
		return handled;
	} finally {
		if (!isAccepted) memory.release();
	}
}
