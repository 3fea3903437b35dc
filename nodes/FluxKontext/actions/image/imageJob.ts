import { fault } from '../../core/faults';
import { runJob } from '../../core/job';
import type { JobRecord } from '../../core/jobRecord';
import type { PreparedRequest, Warning } from '../../core/types';
import { failureOf, runOf, shownJob } from '../account';
import { storeFor, type Asked } from '../asked';
import { imageItems, pendingItem } from '../output';
import type { Signals, TaskResult } from '../runItems';
import type { Bell } from '../suspended/sleep';
import { waitingItem } from '../suspended/waitingItem';
import type { PlannedItem } from './planItem';
import { reportTo } from './reportTo';

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
): Asked {
	const {
		itemIndex,
		account,
		settings,
		plan: { batches },
	} = item;
	return {
		itemIndex,
		account,
		binaryField: settings.binaryField,
		fileName: settings.fileName,
		prompt,
		seed,
		images: batches[jobIndex] ?? 1,
		before: batches.slice(0, jobIndex).reduce((sum, images) => sum + images, 0),
		several: batches.length > 1 || (batches[0] ?? 1) > 1,
		warnings,
	};
}

/** Runs job number `jobIndex` of an item to its output items. */
export async function runImageJob(
	item: PlannedItem,
	jobIndex: number,
	signals: Signals,
	onJob: (job: JobRecord) => void,
	resumeBell: Bell | null,
): Promise<TaskResult> {
	const { itemIndex, settings, account } = item;
	const { completion } = settings;
	try {
		const prepared = await item.prepared(signals.signal);
		if (!prepared.ok) return { failure: failureOf(account, itemIndex, prepared.fault) };
		const { requests } = prepared.value;
		const request = requests[jobIndex];
		if (!request)
			return {
				failure: failureOf(
					account,
					itemIndex,
					fault('failed', `There is no job ${jobIndex + 1} in this item`),
				),
			};
		const seed = sentSeed(item, request);
		const { target, warnings: deaf } = resumeBell ?? reportTo(item, request, seed);
		const warnings = [...prepared.value.warnings, ...deaf];
		const asked = askedOf(item, jobIndex, request, seed, warnings);
		const run = { ...runOf(account, settings.timeoutMs, signals), ...(target && { callback: target }) };
		const outcome = await runJob(run, request, {
			completion: completion === 'wait' ? 'wait' : 'submit',
			cancelOnTimeout: settings.cancelOnTimeout,
			onAccepted: (job) => onJob(shownJob(account, job)),
			store: storeFor(asked),
		});
		const { job, result } = outcome;
		if (job) onJob(shownJob(account, job));
		if (!result.ok || !job)
			return {
				failure: failureOf(
					account,
					itemIndex,
					result.ok ? fault('badResponse', 'There is no job') : result.fault,
					job,
				),
			};
		if (job.status === 'pending') {
			const pending = pendingItem(asked, job, outcome);
			return { items: [completion === 'suspend' ? waitingItem(pending, asked) : pending] };
		}
		const told = completion === 'submit' ? [...warnings, atOnce(account.provider.displayName)] : warnings;
		return { items: imageItems(asked, job, outcome, result.value, told) };
	} finally {
		item.jobEnded();
	}
}
