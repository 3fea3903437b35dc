import type { IBinaryData, INodeExecutionData } from 'n8n-workflow';

import type { DeliveredImage, JobOutcome, JobRecord } from '../../core/job';
import type { JobMeta, ModelSpec, PreparedRequest, Warning } from '../../core/types';
import type { Settings } from './settings';

/** The image's share of its job's cost as the provider reported it, or else its price in the catalogue. */
function costOf(meta: JobMeta, model: ModelSpec | undefined, images: number) {
	if (meta.cost != null) return { cost: meta.cost / images, currency: 'USD', costSource: 'reported' };
	const price = model?.price ?? null;
	if (price === null) return { cost: null, currency: null, costSource: null };
	return { cost: price.usdPerImage, currency: 'USD', costSource: 'estimated' };
}

/** The seed that the provider reported, or the one it was sent. */
function seedOf(meta: JobMeta, { fields, additionalFields }: PreparedRequest, seedField: string | undefined): number | null {
	const sent = seedField === undefined ? null : { ...fields, ...additionalFields }[seedField];
	return meta.seed ?? (typeof sent === 'number' ? sent : null);
}

export interface FinishedJob {
	itemIndex: number;
	settings: Settings;
	request: PreparedRequest;
	warnings: readonly Warning[];
	outcome: JobOutcome<IBinaryData>;
	job: JobRecord;
	images: readonly DeliveredImage<IBinaryData>[];
	meta: JobMeta;
}

/** One output item for each image of a job. */
export function imageItems(finished: FinishedJob): INodeExecutionData[] {
	const { itemIndex, settings, request, warnings, outcome, job, images, meta } = finished;
	const model = settings.provider.models.find(({ id }) => id === request.model);
	const seedField = model?.operations[request.operation]?.options.seed?.field;
	const usage = {
		...costOf(meta, model, images.length),
		queueMs: meta.queueMs ?? null,
		runMs: meta.runMs ?? null,
		totalMs: outcome.totalMs,
		polls: outcome.polls,
	};
	return images.map(({ index, info, bytes, url, urlExpiresAt, value }) => ({
		json: {
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
			seed: seedOf(meta, request, seedField),
			revisedPrompt: meta.revisedPrompt && meta.revisedPrompt !== request.prompt ? meta.revisedPrompt : null,
			usage,
			warnings,
		},
		binary: { [settings.binaryField]: value },
		pairedItem: { item: itemIndex },
	}));
}

const IMAGE_EXTENSION = /\.(png|jpe?g|webp|gif|avif)$/i;

interface ImagePlace {
	job: JobRecord;
	extension: string;
	/** Among the images of its job. */
	index: number;
	/** Among the images of its item. */
	position: number;
	/** Whether the item has more than one image. */
	several: boolean;
}

/** A file name, never a path, with the extension that the bytes call for; the images of an item are numbered. */
export function fileNameOf(wanted: string | null, { job, extension, index, position, several }: ImagePlace): string {
	const [own = ''] = /[^/\\]*$/.exec(wanted ?? '') ?? [];
	const base = own.replace(IMAGE_EXTENSION, '');
	if (base !== '') return `${base}${several ? `-${position + 1}` : ''}.${extension}`;
	// The job's id tells jobs apart already.
	return `flux-kontext-${job.id.replace(/[^\w-]/g, '').slice(0, 36)}${index > 0 ? `-${index + 1}` : ''}.${extension}`;
}
