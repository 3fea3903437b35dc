import { isObject } from '../../core/base/json';
import { MAX_IMAGES } from '../../core/base/limits';
import { isDataUri, stripDataUri } from '../../core/image/dataUri';
import type { ImageRef } from '../../core/job/snapshot';

/** What links in a response are relative to, and how long they work (ISO 8601; `null` where not known). */
export interface LinkContext {
	baseUrl: string;
	expiresAt: string | null;
}

/** Levels of lists and objects between the documented place and an image. */
const MAX_DEPTH = 5;
/** Properties that hold one image, in order of preference: an image that is embedded needs no download. */
const IMAGE_PROPERTIES = [
	'b64_json',
	'base64',
	'url',
	'image_url',
	'imageUrl',
	'resultImageUrl',
	'sample',
	'image',
	'uri',
	'file',
] as const;
/** Properties that hold several, of which the first that does is taken. */
const LIST_PROPERTIES = [
	'images',
	'data',
	'image_urls',
	'urls',
	'output',
	'outputs',
	'result',
	'content',
] as const;

/** First characters of base64 of PNG, JPEG, WebP, GIF and AVIF. */
const BASE64_STARTS = ['iVBORw0KGgo', '/9j/', 'UklGR', 'R0lGOD', 'AAAAIGZ0eXA', 'AAAAHGZ0eXA', 'AAAAGGZ0eXA'];
/** Characters of the smallest image as base64; a path is shorter. */
const MIN_BASE64_CHARACTERS = 60;
/** Characters that are looked at to tell base64 from a path. */
const SAMPLE_CHARACTERS = 200;

function isBase64(text: string): boolean {
	return (
		text.length >= MIN_BASE64_CHARACTERS &&
		BASE64_STARTS.some((start) => text.startsWith(start)) &&
		/^[\w+/=\s-]*$/.test(text.slice(0, SAMPLE_CHARACTERS))
	);
}

/** A URL, or a path from the root of the API's origin. Other texts are words, not links. */
const LINK = /^(?:(?:https?|file|ftp|s3|gs):\/\/|\/)\S/i;

function refOf(value: string, { baseUrl, expiresAt }: LinkContext): ImageRef | null {
	const text = value.trim();
	if (isDataUri(text)) return { kind: 'base64', data: stripDataUri(text) };
	if (isBase64(text)) return { kind: 'base64', data: text };
	if (!LINK.test(text)) return null;
	try {
		return { kind: 'url', url: new URL(text, new URL(baseUrl).origin).href, expiresAt };
	} catch {
		return null;
	}
}

function collect(value: unknown, context: LinkContext, depth: number): ImageRef[] {
	if (depth > MAX_DEPTH) return [];
	if (typeof value === 'string') {
		const ref = refOf(value, context);
		return ref ? [ref] : [];
	}
	if (Array.isArray(value))
		return value.slice(0, MAX_IMAGES).flatMap((entry: unknown) => collect(entry, context, depth + 1));
	if (!isObject(value)) return [];
	for (const property of IMAGE_PROPERTIES) {
		// An image that is named as an image needs no look at its first characters.
		const embedded = property === 'b64_json' || property === 'base64' ? value[property] : null;
		if (typeof embedded === 'string' && embedded !== '')
			return [{ kind: 'base64', data: stripDataUri(embedded) }];
		const [first] = collect(value[property], context, depth + 1);
		if (first) return [first];
	}
	for (const property of LIST_PROPERTIES) {
		const images = collect(value[property], context, depth + 1);
		if (images.length > 0) return images;
	}
	return [];
}

/**
 * Collects the images at the place of a response where a provider documents them: links, data URIs and
 * base64, alone or within lists and objects of any shape that is in use. Skips what is no image, so that one
 * bad entry does not spoil the others; at most `MAX_IMAGES`.
 */
export function collectImages(value: unknown, context: LinkContext): ImageRef[] {
	return collect(value, context, 0).slice(0, MAX_IMAGES);
}

const indexOf = (entry: unknown): number => {
	const index = isObject(entry) ? entry['index'] : null;
	return typeof index === 'number' ? index : 0;
};

/** Sorts the entries of a list by their `index`, where they have one. */
export const sortByIndex = (entries: readonly unknown[]): unknown[] =>
	[...entries].sort((a, b) => indexOf(a) - indexOf(b));
