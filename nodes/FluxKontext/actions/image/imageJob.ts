import type { INodeExecutionData } from 'n8n-workflow';

import { fail, type Fault } from '../../core/faults';
import { runJob, type JobRecord } from '../../core/job';
import { withoutSecrets } from '../../transport/credential';
import type { Failure } from '../../transport/errors';
import { fileNameOf, imageItems } from './output';
import type { PlannedItem } from './planItem';

export type JobResult = { items: INodeExecutionData[] } | { failure: Failure };

/** Runs job number `jobIndex` of an item to its output items. */
export async function runImageJob(
	item: PlannedItem,
	jobIndex: number,
	{ stop, signal }: { stop: AbortSignal; signal: AbortSignal },
	onJob: (job: JobRecord) => void,
): Promise<JobResult> {
	const { itemIndex, settings, account } = item;
	const { batches } = item.plan;
	const several = batches.length > 1 || (batches[0] ?? 1) > 1;
	const { provider, baseUrl, ports, secrets } = account;
	const refuse = (fault: Fault, job: JobRecord | null): JobResult => ({
		failure: { itemIndex, provider: provider.id, fault: withoutSecrets(fault, secrets), job },
	});
	try {
		const prepared = await item.prepared(signal);
		if (!prepared.ok) return refuse(prepared.fault, null);
		const { requests, warnings } = prepared.value;
		const request = requests[jobIndex];
		if (!request) return refuse(fail('failed', `There is no job ${jobIndex + 1} in this item`).fault, null);
		const deadline = ports.now() + settings.timeoutMs;
		const outcome = await runJob({ provider, baseUrl, ports: { ...ports, stop }, deadline, signal }, request, {
			cancelOnTimeout: settings.cancelOnTimeout,
			onAccepted: onJob,
			store: async (image, job, index) => {
				const position = batches.slice(0, jobIndex).reduce((sum, images) => sum + images, index);
				const name = fileNameOf(settings.fileName, { job, extension: image.info.extension, index, position, several });
				return await ports.storeImage(image, name);
			},
		});
		const { job, result } = outcome;
		if (job) onJob(job);
		if (!result.ok || !job) return refuse(result.ok ? fail('badResponse', 'There is no job').fault : result.fault, job);
		return {
			items: imageItems({ itemIndex, settings, request, warnings, outcome, job, ...result.value }),
		};
	} finally {
		item.jobEnded();
	}
}
