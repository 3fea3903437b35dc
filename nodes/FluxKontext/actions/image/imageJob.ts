import { fault } from '../../core/base/faults';
import type { PreparedRequest, Warning } from '../../core/request/imageRequest';
import type { Prepared } from '../../core/request/prepare';
import { createFailure, createJobSetup, redactJob, type Signals } from '../connection';
import { imageItems, pendingItem } from '../items/success';
import { storeFor, type OutputContext } from '../outputContext';
import type { ReportJob, TaskResult } from '../runtime/runItems';
import type { CallbackPlan } from '../suspend/resumeCallback';
import { createSuspendedItem } from '../suspend/suspendedItem';
import { planCallback } from './callback';
import type { PlannedItem } from './planItem';

/** Returns the seed that was sent, under the model's own name for it. */
function sentSeed({ plan }: PlannedItem, { fields, additionalFields }: PreparedRequest): number | null {
	const field = plan.spec.options.seed?.field;
	const sent = field === undefined ? null : { ...fields, ...additionalFields }[field];
	return typeof sent === 'number' ? sent : null;
}

/** Creates the warning of a provider that responded with the image although only the job was wanted. */
function answeredAtOnce(name: string): Warning {
	const message = `${name} answered with the image at once, so here it is; there is no job to wait for.`;
	return { option: 'completion', type: 'adapted', message };
}

function createOutputContext(
	{ itemIndex, connection, settings, plan: { batches } }: PlannedItem,
	jobIndex: number,
	{ prompt }: PreparedRequest,
	seed: number | null,
	warnings: readonly Warning[],
): OutputContext {
	const { binaryField, fileName } = settings;
	return {
		itemIndex,
		connection,
		binaryField,
		fileName,
		prompt,
		seed,
		expectedImages: batches[jobIndex] ?? 1,
		imageOffset: batches.slice(0, jobIndex).reduce((sum, images) => sum + images, 0),
		isMultiImage: batches.length > 1 || (batches[0] ?? 1) > 1,
		warnings,
	};
}

async function runPrepared(
	item: PlannedItem,
	jobIndex: number,
	{ requests, warnings: prepareWarnings }: Prepared,
	signals: Signals,
	reportJob: ReportJob,
	resumeCallback: CallbackPlan | null,
): Promise<TaskResult> {
	const { itemIndex, settings, connection } = item;
	const { completion, timeoutMs, cancelOnTimeout } = settings;
	const request = requests[jobIndex];
	if (!request) {
		const missing = fault('failed', `There is no job ${jobIndex + 1} in this item`);
		return { failure: createFailure(connection, itemIndex, missing) };
	}
	const seed = sentSeed(item, request);
	const callback = resumeCallback ?? planCallback(item, request.model, seed);
	const warnings = [...prepareWarnings, ...callback.warnings];
	const output = createOutputContext(item, jobIndex, request, seed, warnings);
	const setup = createJobSetup(connection, timeoutMs, signals);
	const outcome = await connection.engine.runJob(
		{ ...setup, ...(callback.target && { callback: callback.target }) },
		request,
		{
			completion: completion === 'wait' ? 'wait' : 'submit',
			cancelOnTimeout,
			onAccepted: (job) => reportJob(redactJob(connection, job)),
			store: storeFor(output),
		},
	);
	const { job, result } = outcome;
	if (job) reportJob(redactJob(connection, job));
	if (!result.ok) return { failure: createFailure(connection, itemIndex, result.fault, job) };
	if (!job)
		return { failure: createFailure(connection, itemIndex, fault('badResponse', 'There is no job')) };
	if (job.status === 'pending') {
		const pending = pendingItem(output, job, outcome);
		return { items: [completion === 'suspend' ? createSuspendedItem(pending, output) : pending] };
	}
	const allWarnings =
		completion === 'submit' ? [...warnings, answeredAtOnce(connection.provider.displayName)] : warnings;
	return { items: imageItems(output, job, outcome, result.value, allWarnings) };
}

/**
 * Runs job number `jobIndex` of an item (from 0 on) to its output items; this submits once and is charged.
 * `resumeCallback` is the callback of a suspended execution. Never rejects.
 */
export async function runImageJob(
	item: PlannedItem,
	jobIndex: number,
	signals: Signals,
	reportJob: ReportJob,
	resumeCallback: CallbackPlan | null,
): Promise<TaskResult> {
	try {
		const prepared = await item.prepared(signals.signal);
		if (!prepared.ok) return { failure: createFailure(item.connection, item.itemIndex, prepared.fault) };
		return await runPrepared(item, jobIndex, prepared.value, signals, reportJob, resumeCallback);
	} finally {
		item.jobEnded();
	}
}
