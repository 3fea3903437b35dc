import axios from 'axios';
import { isLoopback } from './net';
import { type ImageFacts, readImage } from './picture';

/** An input image that was decoded. */
export interface InputImage extends ImageFacts {
	bytes: Buffer;
}

/** User agent of the emulator's own requests. */
export const emulatorAgent = 'flux-kontext-emulator';

// The largest input image that any of the emulated providers accepts.
const maxBytes = 20_000_000;
const fetchTimeoutMs = 10_000;

/**
 * Decodes an input image. Resolves with undefined for no bytes, for bytes that are not an image and for more
 * than 20 MB. Never rejects.
 */
export async function decodeInputImage(bytes: Buffer | undefined): Promise<InputImage | undefined> {
	if (bytes === undefined || bytes.length > maxBytes) return undefined;
	const facts = await readImage(bytes);
	return facts && { ...facts, bytes };
}

/**
 * Fetches the bytes at `url`. Resolves with undefined if the request fails, and for every URL that is not on
 * this machine: the emulator makes no requests to other machines. Never rejects.
 */
export async function fetchBytes(url: string): Promise<Buffer | undefined> {
	if (!isLoopback(url)) return undefined;
	try {
		const { data } = await axios.get<ArrayBuffer>(url, {
			responseType: 'arraybuffer',
			maxContentLength: maxBytes,
			maxRedirects: 0,
			timeout: fetchTimeoutMs,
			proxy: false,
			headers: { 'user-agent': emulatorAgent },
		});
		return Buffer.from(data);
	} catch {
		return undefined;
	}
}

/** Reports whether `text` is an http or https URL. */
export const isHttpUrl = (text: string): boolean => /^https?:\/\//i.test(text) && URL.canParse(text);

/**
 * Decodes base64. Returns undefined for an empty text and for anything that is not canonical base64, which
 * `Buffer.from` alone would decode by skipping what it cannot read.
 */
export function decodeBase64(text: string): Buffer | undefined {
	const bytes = Buffer.from(text, 'base64');
	return bytes.length > 0 && bytes.toString('base64') === text ? bytes : undefined;
}

/** Decodes the data URI of an image. Returns undefined for anything else. */
export function decodeDataUri(uri: string): Buffer | undefined {
	const comma = uri.indexOf(',');
	return isDataUri(uri) ? decodeBase64(uri.slice(comma + 1)) : undefined;
}

/** Reports whether `text` begins as the data URI of an image in base64. */
export const isDataUri = (text: string): boolean => /^data:image\/[\w.+-]+;base64,/.test(text);
