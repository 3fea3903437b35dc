import axios from 'axios';
import { isLoopback } from './net';
import { type ImageFacts, readImage } from './picture';

export interface InputImage extends ImageFacts {
	bytes: Buffer;
}

export const emulatorAgent = 'flux-kontext-emulator';

const maxBytes = 20_000_000;
const timeoutMs = 10_000;

/** The decoded facts of an image and its bytes, or undefined. */
export async function asInputImage(bytes: Buffer | undefined): Promise<InputImage | undefined> {
	if (bytes === undefined || bytes.length > maxBytes) return undefined;
	const facts = await readImage(bytes);
	return facts && { ...facts, bytes };
}

/** Undefined if it cannot be had. Only from this machine: the emulator asks nobody else. */
export async function fetchBytes(url: string): Promise<Buffer | undefined> {
	if (!isLoopback(url)) return undefined;
	try {
		const { data } = await axios.get<ArrayBuffer>(url, {
			responseType: 'arraybuffer',
			maxContentLength: maxBytes,
			maxRedirects: 0,
			timeout: timeoutMs,
			proxy: false,
			headers: { 'user-agent': emulatorAgent },
		});
		return Buffer.from(data);
	} catch {
		return undefined;
	}
}

export const isHttpUrl = (text: string): boolean => /^https?:\/\//i.test(text) && URL.canParse(text);

/** Undefined for anything that is not base64 to the letter; Buffer.from alone skips what it cannot read. */
export function bytesOfBase64(text: string): Buffer | undefined {
	const bytes = Buffer.from(text, 'base64');
	return bytes.length > 0 && bytes.toString('base64') === text ? bytes : undefined;
}

export function bytesOfDataUri(uri: string): Buffer | undefined {
	const comma = uri.indexOf(',');
	return isDataUri(uri) ? bytesOfBase64(uri.slice(comma + 1)) : undefined;
}

export const isDataUri = (text: string): boolean => /^data:image\/[\w.+-]+;base64,/.test(text);
