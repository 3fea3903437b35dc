import { fault } from '../../core/base/faults';
import { runJob } from '../../core/job/runJob';
import type { JobRecord } from '../../core/job/record';
import type { PreparedRequest, Warning } from '../../core/provider';
import { createFailure, createJobContext, redactJob } from '../connection';
import { storeFor, type OutputContext } from '../outputContext';
import { imageItems, pendingItem } from '../items/success';
import type { Signals, TaskResult } from '../runtime/runItems';
import type { CallbackPlan } from '../suspend/suspend';
import { suspendedItem } from '../suspend/suspendedItem';
import type { PlannedItem } from './planItem';
import { reportTo } from './callback';

/** The seed that was sent, under the name that the model has for it. */
function sentSeed({ plan }: PlannedItem, { fields, additionalFields }: PreparedRequest): number | null {
	const field = plan.spec.options.seed?.field;
	const sent = field === undefined ? null : { ...fields, ...additionalFields }[field];
	return typeof sent === 'number' ? sent : null;
}

/** Asked for the job alone, and given the image. */
function atOnce(name: string): Warning {
	const message = `${name} answered with the image at once, so here it is; there is no job to wait for.`;
	return { option: 'completion', type: 'adapted', message };
}

function askedOf(
	item: PlannedItem,
	jobIndex: number,
	{ prompt }: PreparedRequest,
	seed: number | null,
	warnings: readonly Warning[],
): OutputContext {
	const {
		itemIndex,
		connection,
		settings,
		plan: { batches },
	} = item;
	return {
		itemIndex,
		connection,
		binaryField: settings.binaryField,
		fileName: settings.fileName,
		prompt,
		seed,
		expectedImages: batches[jobIndex] ?? 1,
		imageOffset: batches.slice(0, jobIndex).reduce((sum, images) => sum + images, 0),
		isMultiImage: batches.length > 1 || (batches[0] ?? 1) > 1,
		warnings,
	};
}

/** Runs job number `jobIndex` of an item to its output items. */
export async function runImageJob(
	item: PlannedItem,
	jobIndex: number,
	signals: Signals,
	onJob: (job: JobRecord) => void,
	resumeBell: CallbackPlan | null,
): Promise<TaskResult> {
	const { itemIndex, settings, connection } = item;
	const { completion } = settings;
	try {
		const prepared = await item.prepared(signals.signal);
		if (!prepared.ok) return { failure: createFailure(connection, itemIndex, prepared.fault) };
		const { requests } = prepared.value;
		const request = requests[jobIndex];
		if (!request)
			return {
				failure: createFailure(
					connection,
					itemIndex,
					fault('failed', `There is no job ${jobIndex + 1} in this item`),
				),
			};
		const seed = sentSeed(item, request);
		const { target, warnings: deaf } = resumeBell ?? reportTo(item, request, seed);
		const warnings = [...prepared.value.warnings, ...deaf];
		const asked = askedOf(item, jobIndex, request, seed, warnings);
		const run = {
			...createJobContext(connection, settings.timeoutMs, signals),
			...(target && { callback: target }),
		};
		const outcome = await runJob(run, request, {
			completion: completion === 'wait' ? 'wait' : 'submit',
			cancelOnTimeout: settings.cancelOnTimeout,
			onAccepted: (job) => onJob(redactJob(connection, job)),
			store: storeFor(asked),
		});
		const { job, result } = outcome;
		if (job) onJob(redactJob(connection, job));
		if (!result.ok || !job)
			return {
				failure: createFailure(
					connection,
					itemIndex,
					result.ok ? fault('badResponse', 'There is no job') : result.fault,
					job,
				),
			};
		if (job.status === 'pending') {
			const pending = pendingItem(asked, job, outcome);
			return { items: [completion === 'suspend' ? suspendedItem(pending, asked) : pending] };
		}
		const told =
			completion === 'submit' ? [...warnings, atOnce(connection.provider.displayName)] : warnings;
		return { items: imageItems(asked, job, outcome, result.value, told) };
	} finally {
		item.jobEnded();
	}
}
