import type { IBinaryData, INodeExecutionData } from 'n8n-workflow';

import type { Fault } from '../../core/base/faults';
import type { JsonObject } from '../../core/base/json';
import { redactFault, redactJson } from '../../core/base/redact';
import type { Cancellation } from '../../core/job/cancel';
import { clip } from '../../core/base/text';
import type { Delivery, MissingImage } from '../../core/job/deliver';
import type { JobRecord } from '../../core/job/record';
import type { JobOutcome } from '../../core/job/runJob';
import type { JobMeta } from '../../core/job/snapshot';
import type { Warning } from '../../core/request/imageRequest';
import type { Price } from '../../core/request/model';
import type { ProviderConnection } from '../connection';
import type { OutputContext } from '../outputContext';

/** Effort of a job. */
type Effort = Pick<JobOutcome<unknown>, 'polls' | 'totalMs'>;

/** Cost of an item in USD, and whether the provider reported it or the catalogue's price was used. */
interface Cost {
	cost: number | null;
	currency: 'USD' | null;
	costSource: 'reported' | 'estimated' | null;
}

const unknownCost: Cost = { cost: null, currency: null, costSource: null };

/** Returns the catalogue's price; `null` where none is known, as for every model that is not listed. */
const priceOf = ({ provider }: ProviderConnection, { model }: JobRecord): Price | null =>
	provider.models.find(({ id }) => id === model)?.price ?? null;

function estimatedCost(connection: ProviderConnection, job: JobRecord, images: number | null): Cost {
	const price = priceOf(connection, job);
	return price === null || images === null
		? unknownCost
		: { cost: price.usdPerImage * images, currency: 'USD', costSource: 'estimated' };
}

/**
 * Returns one image's share of the cost that the provider reported, or else the catalogue's price of one
 * image.
 */
function costPerImage(
	connection: ProviderConnection,
	job: JobRecord,
	{ cost }: JobMeta,
	images: number,
): Cost {
	return cost == null
		? estimatedCost(connection, job, 1)
		: { cost: cost / images, currency: 'USD', costSource: 'reported' };
}

/** Warns of a cost that is estimated by a lower bound. */
function costWarnings(connection: ProviderConnection, job: JobRecord, { costSource }: Cost): Warning[] {
	const price = priceOf(connection, job);
	if (costSource !== 'estimated' || !price?.isLowerBound) return [];
	const message =
		`The cost is a lower bound: ${job.model} costs from ${price.usdPerImage} USD an image, ` +
		'and more for a larger image or with input images.';
	return [{ option: 'model', type: 'adapted', message }];
}

const usageOf = (cost: Cost, { queueMs, runMs }: JobMeta, { totalMs, polls }: Effort) => ({
	...cost,
	queueMs: queueMs ?? null,
	runMs: runMs ?? null,
	totalMs,
	polls,
});

/** Returns the prompt that the provider used, if it differs from the one that was sent. */
const revisedPrompt = (reported: string | null, sent: string | null): string | null =>
	sent === null || reported === sent || !reported ? null : clip(reported, MAX_TEXT_CHARACTERS);

/** Creates an output item without secrets, whatever the provider has put into its responses. */
function createItem(
	{ itemIndex, connection }: Pick<OutputContext, 'itemIndex' | 'connection'>,
	json: Record<string, unknown>,
): INodeExecutionData {
	return { json: redactJson(json as JsonObject, connection.secrets), pairedItem: { item: itemIndex } };
}

/** Characters of a prompt or a link that an item shows; nothing that is used is longer. */
const MAX_TEXT_CHARACTERS = 32_768;

/** Returns a link; `null` for one that is too long to be used. */
const usableLink = (url: string | null): string | null =>
	url !== null && url.length > MAX_TEXT_CHARACTERS ? null : url;

/** Creates the warning of an image that will not come, while others of its job did. */
const missingImage = ({ index, fault: { message } }: MissingImage): Warning => ({
	option: 'numberOfImages',
	type: 'ignored',
	message: `Image ${index + 1} of the job could not be had: ${message}.`,
});

/** Creates one output item for each image of a job. */
export function imageItems(
	output: OutputContext,
	job: JobRecord,
	effort: Effort,
	{ images, missing, meta }: Delivery<IBinaryData>,
	requestWarnings: readonly Warning[] = output.warnings,
): INodeExecutionData[] {
	const warnings = [...requestWarnings, ...missing.map(missingImage)];
	const { connection, prompt, seed, binaryField } = output;
	const cost = costPerImage(connection, job, meta, images.length);
	const usage = usageOf(cost, meta, effort);
	const allWarnings = [...warnings, ...costWarnings(connection, job, cost)];
	return images.map(({ index, info, bytes, url, urlExpiresAt, value }) => ({
		...createItem(output, {
			job,
			image: {
				index,
				width: info.width,
				height: info.height,
				mimeType: info.mimeType,
				fileName: value.fileName ?? null,
				fileSize: bytes,
				url: usableLink(url),
				urlExpiresAt,
			},
			seed: meta.seed ?? seed,
			revisedPrompt: revisedPrompt(meta.revisedPrompt ?? null, prompt),
			usage,
			warnings: allWarnings,
		}),
		binary: { [binaryField]: value },
	}));
}

/** Creates the item of a job that is pending. */
export function pendingItem(output: OutputContext, job: JobRecord, effort: Effort): INodeExecutionData {
	const { connection, expectedImages } = output;
	const cost = estimatedCost(connection, job, expectedImages);
	const warnings = [...output.warnings, ...costWarnings(connection, job, cost)];
	return createItem(output, { job, usage: usageOf(cost, {}, effort), warnings });
}

/** Creates the item of *Job → Get* for a job that has failed: reading its state has succeeded. */
export function failedItem(
	output: OutputContext,
	job: JobRecord,
	effort: Effort,
	fault: Fault,
): INodeExecutionData {
	const { code, message } = redactFault(fault, output.connection.secrets);
	return createItem(output, {
		job: { ...job, fault: { code, message } },
		usage: usageOf(unknownCost, {}, effort),
		warnings: [],
	});
}

/** Creates the item of *Job → Cancel*. */
export function cancelledItem(
	output: Pick<OutputContext, 'itemIndex' | 'connection'>,
	job: JobRecord,
	{ cancelled, message }: Cancellation,
): INodeExecutionData {
	return createItem(output, { job, cancelled, message });
}
