import type { IBinaryData } from 'n8n-workflow';

import type { OpenImage } from '../core/image/openImage';
import type { ImagePosition } from '../core/job/deliver';
import type { JobRecord } from '../core/job/record';
import type { Warning } from '../core/request/imageRequest';
import type { ProviderConnection } from './connection';

/** What the output items of a job show besides the facts that the provider reports. */
export interface OutputContext {
	itemIndex: number;
	connection: ProviderConnection;
	/** Binary field that the images are put into. */
	binaryField: string;
	/** File name that the user chose; `null` for the default. */
	fileName: string | null;
	/** Prompt as it was sent; `null` for a job that was submitted elsewhere. */
	prompt: string | null;
	/** Seed as it was sent; `null` where none was, or is not known. */
	seed: number | null;
	/** Images that the job was asked for; `null` for a job that was submitted elsewhere. */
	expectedImages: number | null;
	/** Images of the same item that come from the jobs before this one. */
	imageOffset: number;
	/** Whether the item has more than one image. */
	isMultiImage: boolean;
	warnings: readonly Warning[];
}

/** Output context of a job that was submitted elsewhere, as far as it concerns the request. */
export const unknownRequest = {
	prompt: null,
	seed: null,
	expectedImages: null,
	imageOffset: 0,
	isMultiImage: false,
	warnings: [],
} as const;

const IMAGE_EXTENSION = /\.(png|jpe?g|webp|gif|avif)$/i;
/** Characters of a file name without its number and extension; file systems take 255 bytes. */
const MAX_FILE_NAME_CHARACTERS = 120;
/** Characters of a text that are cleaned for a file name. */
const MAX_SEARCHED_CHARACTERS = 1_000;
/** Control and formatting characters, which could hide what a name is, and halves of characters. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}]/gu;
/** Characters of a job's id in a default file name: a UUID. */
const MAX_ID_CHARACTERS = 36;

/** Creates a file name, never a path, with the extension of the image's type. Several images are numbered. */
function imageFileName(
	{ fileName, imageOffset, isMultiImage }: OutputContext,
	{ id }: JobRecord,
	extension: string,
	{ index, count }: ImagePosition,
): string {
	const path = fileName ?? '';
	const lastSegment = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
	const base = lastSegment
		.slice(-MAX_SEARCHED_CHARACTERS)
		.replace(UNPRINTABLE, '')
		.replace(IMAGE_EXTENSION, '')
		.slice(0, MAX_FILE_NAME_CHARACTERS)
		.trim();
	if (base !== '') {
		const number = isMultiImage || count > 1 ? `-${imageOffset + index + 1}` : '';
		return `${base}${number}.${extension}`;
	}
	// Jobs are told apart by their ids, so only the images of one job are numbered.
	const number = index > 0 ? `-${index + 1}` : '';
	return `flux-kontext-${id.replace(/[^\w-]/g, '').slice(0, MAX_ID_CHARACTERS)}${number}.${extension}`;
}

/** Returns the function that streams images of a job into n8n's binary data storage. */
export const storeFor =
	(output: OutputContext) =>
	async (image: OpenImage, job: JobRecord, position: ImagePosition): Promise<IBinaryData> =>
		await output.connection.ports.storeImage(
			image,
			imageFileName(output, job, image.info.extension, position),
		);
