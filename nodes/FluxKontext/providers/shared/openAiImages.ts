import { z } from 'zod';

import { fault, type Result } from '../../core/base/faults';
import { isObject, type JsonObject } from '../../core/base/json';
import { MAX_IMAGES } from '../../core/base/limits';
import type { FormPart, HttpResponse } from '../../core/http/ports';
import type { FinishedSnapshot, Handle, ImageRef } from '../../core/job/snapshot';
import type { InputImage } from '../../core/request/imageRequest';
import { handleReader, jobIdSchema, readJobId } from './handles';
import { lazy } from './schema';

// What the APIs that follow OpenAI's Images API have in common.

/** Prompt that a server used instead of the one that was sent; `null` where it says none. */
export function revisedPromptOf(entries: unknown): string | null {
	const first: unknown = Array.isArray(entries) ? entries[0] : null;
	const prompt = isObject(first) ? first['revised_prompt'] : null;
	return typeof prompt === 'string' ? prompt : null;
}

/** Creates the schema of `size`, such as "1024x768". */
export const sizeSchema = () => z.string().regex(/^\d+x\d+$/);

/** File name that every server reads the same way in the header of a form's part. */
const PLAIN_FILE_NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_ .()-]{0,99}$/u;

/** Returns the name of an image in a form: its own if that is a plain one, otherwise one by its position. */
const formFileName = (
	{ fileName, mimeType }: Extract<InputImage, { kind: 'bytes' }>,
	index: number,
): string =>
	PLAIN_FILE_NAME.test(fileName) ? fileName : `image-${index + 1}.${mimeType.replace('image/', '')}`;

/** Creates a multipart form: values that are no text become JSON, and each image a file under `fileField`. */
export function formOf(fields: JsonObject, images: readonly InputImage[], fileField: string): FormPart[] {
	const texts = Object.entries(fields).map(([name, value]) => ({
		name,
		value: typeof value === 'string' ? value : JSON.stringify(value),
	}));
	const files = images.flatMap((image, index) =>
		image.kind === 'bytes'
			? [
					{
						name: fileField,
						fileName: formFileName(image, index),
						mimeType: image.mimeType,
						bytes: image.bytes,
					},
				]
			: [],
	);
	return [...texts, ...files];
}

/**
 * Chooses the id of a synchronous response, which names no job: its own id, or that of the request in
 * `header`, or else the time at which it came.
 */
export function responseId(
	{ headers }: HttpResponse,
	header: string,
	now: number,
	ownId?: string | null,
): string {
	return readJobId(ownId) ?? readJobId(headers[header]) ?? new Date(now).toISOString();
}

/**
 * Handle of a synchronous provider. It keeps the links of the images; embedded images are gone with the
 * response.
 */
export interface ResponseHandle extends Handle {
	images: Array<{ url: string; expiresAt: string | null }>;
}

/** Creates the handle of a synchronous response. */
export function createResponseHandle(id: string, images: readonly ImageRef[]): ResponseHandle {
	return {
		id,
		images: images.flatMap((image) =>
			image.kind === 'url' ? [{ url: image.url, expiresAt: image.expiresAt }] : [],
		),
	};
}

const responseHandleSchema = lazy(() =>
	z.object({
		id: jobIdSchema(),
		images: z
			.array(z.object({ url: z.string().url(), expiresAt: z.string().nullable() }))
			.max(MAX_IMAGES),
	}),
);

/** Validates the handle of a synchronous response. */
export const readResponseHandle: (value: unknown) => Result<ResponseHandle> =
	handleReader(responseHandleSchema);

/** Creates the function that rebuilds a finished job from the links in its handle. */
export const recallResponse =
	(name: string) =>
	(handle: ResponseHandle): FinishedSnapshot<ResponseHandle> => {
		const providerStatus = 'succeeded';
		const images = handle.images.map<ImageRef>(({ url, expiresAt }) => ({ kind: 'url', url, expiresAt }));
		if (images.length > 0) return { state: 'succeeded', handle, providerStatus, images, meta: {} };
		const gone = fault(
			'notFound',
			`${name} answers with the image itself and keeps no job that could be asked for`,
			{
				description: 'Run the item again; the image was in the answer to the request that made it.',
			},
		);
		return { state: 'failed', handle, providerStatus, fault: gone };
	};
