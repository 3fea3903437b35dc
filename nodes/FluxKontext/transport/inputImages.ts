import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { fail, succeed, type Failed, type Result } from '../core/base/faults';
import { isObject } from '../core/base/json';
import { isWebUrl } from '../core/http/trust';
import { stripDataUri } from '../core/image/dataUri';
import { inspectImage } from '../core/image/inspect';
import type { InputImage } from '../core/request/imageRequest';
import type { InputImageSpec } from '../core/request/model';
import type { ImageSource } from '../core/request/parameters';
import { fetchBytes, measureImage, type RemoteReader } from './remoteImage';

/** Entry of the parameter `inputImages`. */
export interface ImageEntry {
	source: ImageSource;
	/** Name of a binary field, or the binary data itself where an expression gives it. */
	binaryProperty: string | IBinaryData;
	url: string;
	base64: string;
}

/** What reading the input images of an item needs. */
export interface ImageReader extends RemoteReader {
	context: IExecuteFunctions;
	itemIndex: number;
}

const refuse = (position: number, text: string): Failed =>
	fail('invalidRequest', `'Input Images' entry ${position} ${text}`);

function fromBytes(bytes: Buffer, fileName: string | undefined, position: number): Result<InputImage> {
	const info = inspectImage(bytes);
	if (!info) return refuse(position, 'is not an image: PNG, JPEG, WebP, GIF and AVIF are known');
	const { mimeType, extension, width, height } = info;
	let encoded: string | null = null;
	return succeed({
		kind: 'bytes',
		bytes,
		base64: () => (encoded ??= bytes.toString('base64')),
		mimeType,
		fileName: fileName ?? `image-${position}.${extension}`,
		width,
		height,
	});
}

function unreadableBinary(
	{ context, itemIndex }: ImageReader,
	property: string | IBinaryData,
	position: number,
	error: unknown,
): Failed {
	const fields = Object.keys(context.getInputData()[itemIndex]?.binary ?? {});
	const wanted = typeof property === 'string' ? `binary field "${property}"` : 'such binary data';
	const present = fields.length > 0 ? `it has ${fields.join(', ')}` : 'it has none';
	const reason = error instanceof Error ? ` (${error.message})` : '';
	return refuse(position, `cannot be read: the item has no ${wanted}; ${present}${reason}`);
}

async function fromBinary(
	reader: ImageReader,
	binaryProperty: string | IBinaryData,
	position: number,
): Promise<Result<InputImage>> {
	const { context, itemIndex } = reader;
	// `$binary.photo` has an id and no data; n8n recognises it without the data from 2.5 on only.
	const property =
		isObject(binaryProperty) && 'id' in binaryProperty ? { ...binaryProperty, data: '' } : binaryProperty;
	if (property === '') {
		return refuse(
			position,
			"names no binary field; 'Input Binary Field' must be the name of one, such as data",
		);
	}
	try {
		const { fileName } = context.helpers.assertBinaryData(itemIndex, property);
		const bytes = await context.helpers.getBinaryDataBuffer(itemIndex, property);
		return fromBytes(bytes, fileName, position);
	} catch (error) {
		return unreadableBinary(reader, property, position, error);
	}
}

const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;

function fromBase64(text: string, position: number): Result<InputImage> {
	const base64 = stripDataUri(text).trim();
	if (!BASE64.test(base64)) {
		return refuse(
			position,
			"is not base64; 'Base64' must be the bytes of an image as base64, " +
				'with or without data:…;base64,',
		);
	}
	return fromBytes(Buffer.from(base64, 'base64'), undefined, position);
}

async function fromUrl(
	reader: ImageReader,
	url: string,
	position: number,
	{ urls, maxBytes }: InputImageSpec,
	needsSize: boolean,
): Promise<Result<InputImage>> {
	if (!isWebUrl(url))
		return refuse(position, `has "${url}" for its URL; it must start with https:// or http://`);
	if (urls) return succeed({ kind: 'url', url, size: needsSize ? await measureImage(reader, url) : null });
	const fetched = await fetchBytes(reader, url, maxBytes);
	if ('failure' in fetched) return refuse(position, `could not be fetched: ${fetched.failure}`);
	if (fetched.value === 'tooLarge')
		return refuse(position, `is larger than the ${maxBytes} bytes that the model takes`);
	const { buffer, byteOffset, byteLength } = fetched.value;
	return fromBytes(Buffer.from(buffer, byteOffset, byteLength), undefined, position);
}

/**
 * Reads an entry in the form that the model takes: bytes, or a URL that the provider downloads itself.
 * `position` counts from 1; `needsSize` says that its width and height are wanted. Never rejects. Fault code:
 * `invalidRequest`.
 */
export async function readInputImage(
	reader: ImageReader,
	entry: ImageEntry,
	position: number,
	spec: InputImageSpec,
	needsSize: boolean,
): Promise<Result<InputImage>> {
	switch (entry.source) {
		case 'binary':
			return await fromBinary(reader, entry.binaryProperty, position);
		case 'base64':
			return fromBase64(entry.base64, position);
		case 'url':
			return await fromUrl(reader, entry.url.trim(), position, spec, needsSize);
	}
}
