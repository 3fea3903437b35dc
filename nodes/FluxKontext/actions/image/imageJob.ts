import { fault } from '../../core/faults';
import { runJob } from '../../core/job';
import type { JobRecord } from '../../core/jobRecord';
import type { PreparedRequest, Warning } from '../../core/types';
import { failureOf, runOf, shownJob } from '../account';
import { imageFileName, imageItems, pendingItem, type Asked } from '../output';
import type { Signals, TaskResult } from '../runItems';
import type { PlannedItem } from './planItem';

/** The seed that was sent, under the name that the model has for it. */
function sentSeed({ plan }: PlannedItem, { fields, additionalFields }: PreparedRequest): number | null {
	const field = plan.spec.options.seed?.field;
	const sent = field === undefined ? null : { ...fields, ...additionalFields }[field];
	return typeof sent === 'number' ? sent : null;
}

/** Asked for the job alone, and given the image. */
function atOnce(completion: 'wait' | 'submit', name: string): Warning[] {
	const message = `${name} answered with the image at once, so here it is; there is no job to wait for.`;
	return completion === 'submit' ? [{ option: 'completion', type: 'adapted', message }] : [];
}

/** Runs job number `jobIndex` of an item to its output items. */
export async function runImageJob(item: PlannedItem, jobIndex: number, signals: Signals, onJob: (job: JobRecord) => void): Promise<TaskResult> {
	const { itemIndex, settings, account, plan } = item;
	const { batches } = plan;
	const { ports, provider } = account;
	const several = batches.length > 1 || (batches[0] ?? 1) > 1;
	try {
		const prepared = await item.prepared(signals.signal);
		if (!prepared.ok) return { failure: failureOf(account, itemIndex, prepared.fault) };
		const { requests, warnings } = prepared.value;
		const request = requests[jobIndex];
		if (!request) return { failure: failureOf(account, itemIndex, fault('failed', `There is no job ${jobIndex + 1} in this item`)) };
		const outcome = await runJob(runOf(account, settings.timeoutMs, signals), request, {
			completion: settings.completion,
			cancelOnTimeout: settings.cancelOnTimeout,
			onAccepted: (job) => onJob(shownJob(account, job)),
			store: async (image, job, { index }) => {
				const position = batches.slice(0, jobIndex).reduce((sum, images) => sum + images, index);
				const name = imageFileName(settings.fileName, { job, extension: image.info.extension, index, position, several });
				return await ports.storeImage(image, name);
			},
		});
		const { job, result } = outcome;
		if (job) onJob(shownJob(account, job));
		if (!result.ok || !job) return { failure: failureOf(account, itemIndex, result.ok ? fault('badResponse', 'There is no job') : result.fault, job) };
		const asked: Asked = { itemIndex, account, binaryField: settings.binaryField, prompt: request.prompt, seed: sentSeed(item, request), images: batches[jobIndex] ?? 1 };
		return job.status === 'pending'
			? { items: [pendingItem(asked, job, outcome, warnings)] }
			: { items: imageItems(asked, job, outcome, result.value, [...warnings, ...atOnce(settings.completion, provider.displayName)]) };
	} finally {
		item.jobEnded();
	}
}
