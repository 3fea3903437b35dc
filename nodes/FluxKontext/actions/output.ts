import type { IBinaryData, INodeExecutionData } from 'n8n-workflow';

import type { Cancellation } from '../core/cancel';
import type { Delivery } from '../core/deliver';
import type { Fault } from '../core/faults';
import type { JobOutcome } from '../core/job';
import type { JobRecord } from '../core/jobRecord';
import type { JsonObject } from '../core/json';
import { redactFault, redactJson } from '../core/redact';
import type { JobMeta, Warning } from '../core/types';
import type { Account } from './account';
import type { Asked } from './asked';

type Facts = Pick<JobOutcome<unknown>, 'polls' | 'totalMs'>;

/** The images' share of the job's cost as the provider reported it, or else their price in the catalogue. */
function costOf(account: Account, job: JobRecord, meta: JobMeta, shares: number, images: number | null) {
	if (meta.cost != null) return { cost: meta.cost / shares, currency: 'USD', costSource: 'reported' };
	const price = account.provider.models.find(({ id }) => id === job.model)?.price ?? null;
	if (price === null || images === null) return { cost: null, currency: null, costSource: null };
	return { cost: price.usdPerImage * images, currency: 'USD', costSource: 'estimated' };
}

const times = ({ queueMs, runMs }: JobMeta, { totalMs, polls }: Facts) => ({
	queueMs: queueMs ?? null,
	runMs: runMs ?? null,
	totalMs,
	polls,
});

/** Some providers say the prompt as it was; whether it was changed only shows where it is known. */
const revised = (told: string | null, prompt: string | null): string | null =>
	prompt === null || told === prompt ? null : told || null;

/** An output item; nothing of it shows a key, whatever the provider has put into its answers. */
function itemOf(
	{ itemIndex, account }: Pick<Asked, 'itemIndex' | 'account'>,
	json: Record<string, unknown>,
): INodeExecutionData {
	return { json: redactJson(json as JsonObject, account.secrets), pairedItem: { item: itemIndex } };
}

/** One output item for each image of a job. */
export function imageItems(
	asked: Asked,
	job: JobRecord,
	facts: Facts,
	{ images, meta }: Delivery<IBinaryData>,
	warnings: readonly Warning[] = asked.warnings,
): INodeExecutionData[] {
	const usage = { ...costOf(asked.account, job, meta, images.length, 1), ...times(meta, facts) };
	const { revisedPrompt = null } = meta;
	return images.map(({ index, info, bytes, url, urlExpiresAt, value }) => ({
		...itemOf(asked, {
			job,
			image: {
				index,
				width: info.width,
				height: info.height,
				mimeType: info.mimeType,
				fileName: value.fileName ?? null,
				fileSize: bytes,
				url,
				urlExpiresAt,
			},
			seed: meta.seed ?? asked.seed,
			revisedPrompt: revised(revisedPrompt, asked.prompt),
			usage,
			warnings,
		}),
		binary: { [asked.binaryField]: value },
	}));
}

/** The item of a job that nobody has waited for yet. */
export function pendingItem(asked: Asked, job: JobRecord, facts: Facts): INodeExecutionData {
	const usage = { ...costOf(asked.account, job, {}, 1, asked.images), ...times({}, facts) };
	return itemOf(asked, { job, usage, warnings: asked.warnings });
}

/** The item of a job that is found to have failed; asking for it has not. */
export function failedItem(asked: Asked, job: JobRecord, facts: Facts, fault: Fault): INodeExecutionData {
	const { code, message } = redactFault(fault, asked.account.secrets);
	return itemOf(asked, {
		job: { ...job, fault: { code, message } },
		usage: { cost: null, currency: null, costSource: null, ...times({}, facts) },
		warnings: [],
	});
}

export function cancelledItem(
	asked: Pick<Asked, 'itemIndex' | 'account'>,
	job: JobRecord,
	{ cancelled, message }: Cancellation,
): INodeExecutionData {
	return itemOf(asked, { job, cancelled, message });
}
