import type { IBinaryData } from 'n8n-workflow';

import type { ImagePosition } from '../core/job/deliver';
import type { OpenImage } from '../core/image/download';
import type { JobRecord } from '../core/job/record';
import type { Warning } from '../core/provider';
import type { ProviderConnection } from './connection';

/** What is known of a job beside what its provider says. */
export interface OutputContext {
	itemIndex: number;
	connection: ProviderConnection;
	/** The binary field of its images. */
	binaryField: string;
	fileName: string | null;
	/** As it was sent; `null` for a job that was submitted elsewhere. */
	prompt: string | null;
	seed: number | null;
	/** How many the job was asked for; `null` for a job that was submitted elsewhere. */
	expectedImages: number | null;
	/** How many images its item has before those of this job, and whether it has more than one. */
	imageOffset: number;
	isMultiImage: boolean;
	warnings: readonly Warning[];
}

/** A job that was submitted elsewhere. */
export const unknownRequest = {
	prompt: null,
	seed: null,
	expectedImages: null,
	imageOffset: 0,
	isMultiImage: false,
	warnings: [],
} as const;

const IMAGE_EXTENSION = /\.(png|jpe?g|webp|gif|avif)$/i;

/** A file name, never a path, with the extension that the bytes call for; the images of an item are numbered. */
function imageFileName(
	{ fileName, imageOffset, isMultiImage }: OutputContext,
	{ id }: JobRecord,
	extension: string,
	{ index, count }: ImagePosition,
): string {
	const [own = ''] = /[^/\\]*$/.exec(fileName ?? '') ?? [];
	const base = own.replace(IMAGE_EXTENSION, '');
	if (base !== '')
		return `${base}${isMultiImage || count > 1 ? `-${imageOffset + index + 1}` : ''}.${extension}`;
	// The job's id tells jobs apart already.
	return `flux-kontext-${id.replace(/[^\w-]/g, '').slice(0, 36)}${index > 0 ? `-${index + 1}` : ''}.${extension}`;
}

/** Streams an image of the job into n8n's binary data storage. */
export const storeFor =
	(asked: OutputContext) =>
	async (image: OpenImage, job: JobRecord, place: ImagePosition): Promise<IBinaryData> =>
		await asked.connection.ports.storeImage(
			image,
			imageFileName(asked, job, image.info.extension, place),
		);
