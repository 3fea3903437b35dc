import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { openLink, peek } from '../core/image/download';
import { collect, discard, timeLimit } from '../core/http/exchange';
import { fail, succeed, type Result } from '../core/base/faults';
import type { Ports } from '../core/http/ports';
import { inspectImage } from '../core/image/inspect';
import { isObject } from '../core/base/json';
import { DOWNLOAD_TIMEOUT_MS } from '../core/base/limits';
import type { Pixels } from '../core/request/sizes';
import type { InputImage, InputImageSpec } from '../core/provider';
import { isWebUrl } from '../core/http/trust';

/** One entry of the parameter `inputImages`. */
export interface ImageEntry {
	source: 'binary' | 'url' | 'base64';
	binaryProperty: string | IBinaryData;
	url: string;
	base64: string;
}

export interface ImageReader {
	context: IExecuteFunctions;
	itemIndex: number;
	ports: Ports;
	signal: AbortSignal;
}

const complain = (position: number, text: string) =>
	fail('invalidRequest', `'Input Images' entry ${position} ${text}`);

function fromBytes(bytes: Buffer, fileName: string | undefined, position: number): Result<InputImage> {
	const info = inspectImage(bytes);
	if (!info) return complain(position, 'is not an image: PNG, JPEG, WebP, GIF and AVIF are known');
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

async function fromBinary(
	{ context, itemIndex }: ImageReader,
	named: string | IBinaryData,
	position: number,
): Promise<Result<InputImage>> {
	// `$binary.photo` has an id and no data, by which n8n knows it from 2.5 on only.
	const property = isObject(named) && 'id' in named ? { ...named, data: '' } : named;
	if (property === '') {
		return complain(
			position,
			"names no binary field; 'Input Binary Field' must be the name of one, such as data",
		);
	}
	try {
		const { fileName } = context.helpers.assertBinaryData(itemIndex, property);
		const bytes = await context.helpers.getBinaryDataBuffer(itemIndex, property);
		return fromBytes(bytes, fileName, position);
	} catch (error) {
		const fields = Object.keys(context.getInputData()[itemIndex]?.binary ?? {});
		const what = typeof property === 'string' ? `binary field "${property}"` : 'such binary data';
		const there = fields.length > 0 ? `it has ${fields.join(', ')}` : 'it has none';
		const why = error instanceof Error ? ` (${error.message})` : '';
		return complain(position, `cannot be read: the item has no ${what}; ${there}${why}`);
	}
}

const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;

function fromBase64(text: string, position: number): Result<InputImage> {
	const bare = text.replace(/^\s*data:[^,]*;base64,/i, '').trim();
	if (!BASE64.test(bare)) {
		return complain(
			position,
			"is not base64; 'Base64' must be the bytes of an image as base64, with or without data:…;base64,",
		);
	}
	return fromBytes(Buffer.from(bare, 'base64'), undefined, position);
}

/** Opens an image's address without any key, through n8n's helper so that its SSRF protection holds. */
async function openUrl<T>(
	{ ports, signal }: ImageReader,
	url: string,
	read: (body: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<{ value: T } | { trouble: string }> {
	const limit = timeLimit(ports, DOWNLOAD_TIMEOUT_MS, signal);
	try {
		const answer = await openLink(ports, url, limit.signal);
		if (answer.kind === 'noAnswer') return { trouble: answer.reason };
		if (answer.status === 200) return { value: await read(answer.body) };
		discard(answer.body);
		return { trouble: `its address answered ${answer.status}` };
	} catch {
		return { trouble: 'the download broke off' };
	} finally {
		limit.clear();
	}
}

async function fetchImage(
	reader: ImageReader,
	url: string,
	maxBytes: number,
	position: number,
): Promise<Result<InputImage>> {
	const fetched = await openUrl(reader, url, async (body) => await collect(body, maxBytes));
	if ('trouble' in fetched) return complain(position, `could not be fetched: ${fetched.trouble}`);
	if (fetched.value === 'tooLarge')
		return complain(position, `is larger than the ${maxBytes} bytes that the model takes`);
	const { buffer, byteOffset, byteLength } = fetched.value;
	return fromBytes(Buffer.from(buffer, byteOffset, byteLength), undefined, position);
}

/** Width and height of an image that the provider will fetch itself, from its first bytes. */
async function measure(reader: ImageReader, url: string): Promise<Pixels | null> {
	const seen = await openUrl(reader, url, async (body) => {
		const chunks = body[Symbol.asyncIterator]();
		const { info } = await peek(async () => await chunks.next());
		await chunks.return?.();
		return info;
	});
	return 'trouble' in seen ? null : seen.value;
}

/** Brings one entry into the form that the model takes. `measured`: its size in pixels is wanted. */
export async function readInputImage(
	reader: ImageReader,
	entry: ImageEntry,
	position: number,
	spec: InputImageSpec,
	measured: boolean,
): Promise<Result<InputImage>> {
	switch (entry.source) {
		case 'binary':
			return await fromBinary(reader, entry.binaryProperty, position);
		case 'base64':
			return fromBase64(entry.base64, position);
		case 'url': {
			const url = entry.url.trim();
			if (!isWebUrl(url))
				return complain(position, `has "${url}" for its URL; it must start with https:// or http://`);
			if (!spec.urls) return await fetchImage(reader, url, spec.maxBytes, position);
			return succeed({ kind: 'url', url, size: measured ? await measure(reader, url) : null });
		}
	}
}
