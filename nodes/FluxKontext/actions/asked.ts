import type { IBinaryData } from 'n8n-workflow';

import type { ImagePlace } from '../core/deliver';
import type { OpenImage } from '../core/download';
import type { JobRecord } from '../core/jobRecord';
import type { Warning } from '../core/types';
import type { Account } from './account';

/** What is known of a job beside what its provider says. */
export interface Asked {
	itemIndex: number;
	account: Account;
	/** The binary field of its images. */
	binaryField: string;
	fileName: string | null;
	/** As it was sent; `null` for a job that was submitted elsewhere. */
	prompt: string | null;
	seed: number | null;
	/** How many the job was asked for; `null` for a job that was submitted elsewhere. */
	images: number | null;
	/** How many images its item has before those of this job, and whether it has more than one. */
	before: number;
	several: boolean;
	warnings: readonly Warning[];
}

/** A job that was submitted elsewhere. */
export const unknownRequest = {
	prompt: null,
	seed: null,
	images: null,
	before: 0,
	several: false,
	warnings: [],
} as const;

const IMAGE_EXTENSION = /\.(png|jpe?g|webp|gif|avif)$/i;

/** A file name, never a path, with the extension that the bytes call for; the images of an item are numbered. */
function imageFileName(
	{ fileName, before, several }: Asked,
	{ id }: JobRecord,
	extension: string,
	{ index, count }: ImagePlace,
): string {
	const [own = ''] = /[^/\\]*$/.exec(fileName ?? '') ?? [];
	const base = own.replace(IMAGE_EXTENSION, '');
	if (base !== '') return `${base}${several || count > 1 ? `-${before + index + 1}` : ''}.${extension}`;
	// The job's id tells jobs apart already.
	return `flux-kontext-${id.replace(/[^\w-]/g, '').slice(0, 36)}${index > 0 ? `-${index + 1}` : ''}.${extension}`;
}

/** Streams an image of the job into n8n's binary data storage. */
export const storeFor =
	(asked: Asked) =>
	async (image: OpenImage, job: JobRecord, place: ImagePlace): Promise<IBinaryData> =>
		await asked.account.ports.storeImage(image, imageFileName(asked, job, image.info.extension, place));
