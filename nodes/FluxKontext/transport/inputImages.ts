import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { fail, succeed, type Failed, type Result } from '../core/base/faults';
import { isObject, show } from '../core/base/json';
import { clipValue } from '../core/base/text';
import { isWebUrl } from '../core/http/trust';
import { isPrivateAddress } from '../core/http/networkAddress';
import { isComplete, TAIL_BYTES } from '../core/image/completeness';
import { badBase64Character, isDataUri, stripDataUri } from '../core/image/dataUri';
import { describeFile } from '../core/image/foreign';
import { inspectImage, type ImageInfo } from '../core/image/inspect';
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
	/** Whether the provider is on a private network itself. */
	isLocalProvider: boolean;
	/** Adds a warning about the input images to the item. */
	warn: (message: string) => void;
}

const refuse = (position: number, text: string): Failed =>
	fail('invalidRequest', `'Input Images' entry ${position} ${text}`);

/** What is known of a file besides its bytes. */
interface FileFacts {
	fileName?: string | undefined;
	/** MIME type that was stated for it. */
	statedType?: string | undefined;
}

/** Tells whether an image has its end, apart from zeros behind it. */
function isWhole(bytes: Buffer, info: ImageInfo): boolean {
	let end = bytes.length;
	while (end > 0 && bytes[end - 1] === 0) end -= 1;
	const tail = bytes.subarray(Math.max(0, end - TAIL_BYTES), end);
	return isComplete(info, { head: bytes, tail, size: bytes.length });
}

function fromBytes(bytes: Buffer, { fileName, statedType }: FileFacts, position: number): Result<InputImage> {
	const named = fileName === undefined ? '' : `(${clipValue(fileName)}) `;
	const info = inspectImage(bytes);
	if (!info) {
		const what = describeFile(bytes, statedType);
		return refuse(
			position,
			`${named}is not an image but ${what}; PNG, JPEG, WebP, GIF and AVIF are known`,
		);
	}
	if (!isWhole(bytes, info))
		return refuse(position, `${named}is cut off: the end of the ${info.mimeType} is missing`);
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
	try {
		const { fileName, mimeType } = context.helpers.assertBinaryData(itemIndex, property);
		const bytes = await context.helpers.getBinaryDataBuffer(itemIndex, property);
		return fromBytes(bytes, { fileName, statedType: mimeType }, position);
	} catch (error) {
		return unreadableBinary(reader, property, position, error);
	}
}

function fromBase64(text: string, position: number): Result<InputImage> {
	const isOtherDataUri = /^\s*data:/i.test(text) && !isDataUri(text);
	if (isOtherDataUri) return refuse(position, 'is a data URI without base64; it must be data:…;base64,…');
	const base64 = stripDataUri(text);
	const bad = badBase64Character(base64);
	if (bad === null) return fromBytes(Buffer.from(base64, 'base64'), {}, position);
	const found = `${JSON.stringify(bad.character)} at position ${bad.position}`;
	return refuse(
		position,
		`is not base64: it has ${found}; 'Base64' must be the bytes of an image ` +
			'as base64, with or without data:…;base64,',
	);
}

/** Share pages of these services are what people copy in place of a link to the file itself. */
const SHARE_PAGES =
	/(?:^|\.)(?:drive\.google\.com|dropbox\.com|1drv\.ms|onedrive\.live\.com|sharepoint\.com)$/;

const sharePageAdvice = (url: string): string =>
	SHARE_PAGES.test(new URL(url).hostname)
		? '. The link leads to the page of the file; use a direct link to its download'
		: '';

/** Normalises a URL, as providers may not; a text names what is wrong with it. */
function normalizeUrl(text: string): { url: string } | { wrong: string } {
	if (!isWebUrl(text))
		return { wrong: `has ${show(text)} for its URL; it must start with https:// or http://` };
	const { username, password, href } = new URL(text);
	return username === '' && password === ''
		? { url: href }
		: { wrong: 'has a user or a password in its URL, which the provider would see; remove them' };
}

/** Downloads an image, because the model takes its bytes or cannot reach its address. */
async function fromDownload(
	reader: ImageReader,
	url: string,
	position: number,
	maxBytes: number,
): Promise<Result<InputImage>> {
	const fetched = await fetchBytes(reader, url, maxBytes);
	if ('failure' in fetched) return refuse(position, `could not be fetched: ${fetched.failure}`);
	const { bytes, statedType } = fetched.value;
	if (bytes === 'tooLarge')
		return refuse(position, `is larger than the ${maxBytes} bytes that the model takes`);
	const { buffer, byteOffset, byteLength } = bytes;
	const image = fromBytes(Buffer.from(buffer, byteOffset, byteLength), { statedType }, position);
	if (image.ok) return image;
	return refuse(
		position,
		`${image.fault.message.replace(/^'Input Images' entry \d+ /, '')}${sharePageAdvice(url)}`,
	);
}

async function fromUrl(
	reader: ImageReader,
	text: string,
	position: number,
	{ urls, bytes = true, maxBytes }: InputImageSpec,
	needsSize: boolean,
): Promise<Result<InputImage>> {
	const normalized = normalizeUrl(text);
	if ('wrong' in normalized) return refuse(position, normalized.wrong);
	const { url } = normalized;
	if (!urls) return await fromDownload(reader, url, position, maxBytes);
	if (isPrivateAddress(url) && !reader.isLocalProvider) {
		const unreachable = `The provider cannot reach ${new URL(url).host}, an address of a private network`;
		if (bytes) {
			reader.warn(`${unreachable}, so the image was fetched here and sent as a file.`);
			return await fromDownload(reader, url, position, maxBytes);
		}
		reader.warn(`${unreachable}; put the image on the web.`);
	}
	if (!needsSize) return succeed({ kind: 'url', url, size: null });
	const measured = await measureImage(reader, url);
	if ('failure' in measured && measured.isDefinite)
		return refuse(position, `is no image at its URL: ${measured.failure}${sharePageAdvice(url)}`);
	return succeed({ kind: 'url', url, size: 'failure' in measured ? null : measured.value });
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
