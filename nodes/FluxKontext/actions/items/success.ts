import type { IBinaryData, INodeExecutionData } from 'n8n-workflow';

import type { Cancellation } from '../../core/job/cancel';
import type { Delivery } from '../../core/job/deliver';
import type { Fault } from '../../core/base/faults';
import type { JobOutcome } from '../../core/job/runJob';
import type { JobRecord } from '../../core/job/record';
import type { JsonObject } from '../../core/base/json';
import { redactFault, redactJson } from '../../core/base/redact';
import type { JobMeta, Warning } from '../../core/provider';
import type { ProviderConnection } from '../connection';
import type { OutputContext } from '../outputContext';

type Facts = Pick<JobOutcome<unknown>, 'polls' | 'totalMs'>;

/** The images' share of the job's cost as the provider reported it, or else their price in the catalogue. */
function costOf(
	connection: ProviderConnection,
	job: JobRecord,
	meta: JobMeta,
	shares: number,
	images: number | null,
) {
	if (meta.cost != null) return { cost: meta.cost / shares, currency: 'USD', costSource: 'reported' };
	const price = connection.provider.models.find(({ id }) => id === job.model)?.price ?? null;
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
	{ itemIndex, connection }: Pick<OutputContext, 'itemIndex' | 'connection'>,
	json: Record<string, unknown>,
): INodeExecutionData {
	return { json: redactJson(json as JsonObject, connection.secrets), pairedItem: { item: itemIndex } };
}

/** One output item for each image of a job. */
export function imageItems(
	asked: OutputContext,
	job: JobRecord,
	facts: Facts,
	{ images, meta }: Delivery<IBinaryData>,
	warnings: readonly Warning[] = asked.warnings,
): INodeExecutionData[] {
	const usage = { ...costOf(asked.connection, job, meta, images.length, 1), ...times(meta, facts) };
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
export function pendingItem(asked: OutputContext, job: JobRecord, facts: Facts): INodeExecutionData {
	const usage = { ...costOf(asked.connection, job, {}, 1, asked.expectedImages), ...times({}, facts) };
	return itemOf(asked, { job, usage, warnings: asked.warnings });
}

/** The item of a job that is found to have failed; asking for it has not. */
export function failedItem(
	asked: OutputContext,
	job: JobRecord,
	facts: Facts,
	fault: Fault,
): INodeExecutionData {
	const { code, message } = redactFault(fault, asked.connection.secrets);
	return itemOf(asked, {
		job: { ...job, fault: { code, message } },
		usage: { cost: null, currency: null, costSource: null, ...times({}, facts) },
		warnings: [],
	});
}

export function cancelledItem(
	asked: Pick<OutputContext, 'itemIndex' | 'connection'>,
	job: JobRecord,
	{ cancelled, message }: Cancellation,
): INodeExecutionData {
	return itemOf(asked, { job, cancelled, message });
}
