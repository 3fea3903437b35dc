import { z } from 'zod';

import type { FormPart, HttpResponse } from '../core/http';
import type { JsonObject } from '../core/json';
import type { ImageRef, InputImage } from '../core/types';
import { once, optional } from './answers';

/** What the APIs that are made after OpenAI's Images API have in common. */

/** `data` of an answer: each image by its address or as base64. */
export const imageEntries = once(() =>
	z.array(z.object({ url: optional.text(), b64_json: optional.text(), revised_prompt: optional.text() })),
);

type Entry = z.infer<ReturnType<typeof imageEntries>>[number];

const DATA_URI = /^data:[^,]*;base64,/i;

/** An address may be a data URI, or relative to the origin that was asked. */
function refOf(url: string, baseUrl: string, expiresAt: string | null): ImageRef | null {
	if (DATA_URI.test(url)) return { kind: 'base64', data: url.replace(DATA_URI, '') };
	try {
		return { kind: 'url', url: new URL(url, new URL(baseUrl).origin).href, expiresAt };
	} catch {
		return null;
	}
}

export function imageRefs(entries: readonly Entry[], baseUrl: string, expiresAt: string | null): ImageRef[] {
	return entries.flatMap(({ url, b64_json: data }) => {
		if (data) return [{ kind: 'base64' as const, data: data.replace(DATA_URI, '') }];
		const ref = url ? refOf(url, baseUrl, expiresAt) : null;
		return ref ? [ref] : [];
	});
}

/** A form has texts and files only; each image goes as a file under `fileField`. */
export function formOf(fields: JsonObject, images: readonly InputImage[], fileField: string): FormPart[] {
	const texts = Object.entries(fields).map(([name, value]) => ({ name, value: typeof value === 'string' ? value : JSON.stringify(value) }));
	const files = images.flatMap((image) =>
		image.kind === 'bytes' ? [{ name: fileField, fileName: image.fileName, mimeType: image.mimeType, bytes: image.bytes }] : [],
	);
	return [...texts, ...files];
}

/** A synchronous answer names no job: the id of its request stands for it, or else the time it came. */
export function answerId({ headers }: HttpResponse, header: string, now: number): string {
	return headers[header] || new Date(now).toISOString();
}
