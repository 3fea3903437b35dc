import { z } from 'zod';

import { fault, type Result } from '../../core/base/faults';
import type { FormPart, HttpResponse } from '../../core/http/ports';
import type { JsonObject } from '../../core/base/json';
import { MAX_IMAGES } from '../../core/base/limits';
import type { Handle, ImageRef, InputImage, JobSnapshot } from '../../core/provider';
import { handleReader, jobId, jobIdIn, once, optional } from './answers';

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
	return entries.slice(0, MAX_IMAGES).flatMap(({ url, b64_json: data }) => {
		if (data) return [{ kind: 'base64' as const, data: data.replace(DATA_URI, '') }];
		const ref = url ? refOf(url, baseUrl, expiresAt) : null;
		return ref ? [ref] : [];
	});
}

/** A form has texts and files only; each image goes as a file under `fileField`. */
export function formOf(fields: JsonObject, images: readonly InputImage[], fileField: string): FormPart[] {
	const texts = Object.entries(fields).map(([name, value]) => ({
		name,
		value: typeof value === 'string' ? value : JSON.stringify(value),
	}));
	const files = images.flatMap((image) =>
		image.kind === 'bytes'
			? [{ name: fileField, fileName: image.fileName, mimeType: image.mimeType, bytes: image.bytes }]
			: [],
	);
	return [...texts, ...files];
}

/** A synchronous answer names no job: its own id or that of its request stands for it, or else the time it came. */
export function answerId(
	{ headers }: HttpResponse,
	header: string,
	now: number,
	own?: string | null,
): string {
	return jobIdIn(own) ?? jobIdIn(headers[header]) ?? new Date(now).toISOString();
}

/** There is no job to ask for later, so the handle keeps where the images are; those that stood in the answer are gone with it. */
export interface AnswerHandle extends Handle {
	images: Array<{ url: string; expiresAt: string | null }>;
}

export function answerHandle(id: string, images: readonly ImageRef[]): AnswerHandle {
	return {
		id,
		images: images.flatMap((image) =>
			image.kind === 'url' ? [{ url: image.url, expiresAt: image.expiresAt }] : [],
		),
	};
}

const answerHandleSchema = once(() =>
	z.object({
		id: jobId(),
		images: z
			.array(z.object({ url: z.string().url(), expiresAt: z.string().nullable() }))
			.max(MAX_IMAGES),
	}),
);

export const readAnswerHandle: (value: unknown) => Result<AnswerHandle> = handleReader(answerHandleSchema);

/** What is left of an answer. */
export const recallAnswer =
	(name: string) =>
	(handle: AnswerHandle): JobSnapshot<AnswerHandle> => {
		const images = handle.images.map<ImageRef>(({ url, expiresAt }) => ({ kind: 'url', url, expiresAt }));
		if (images.length > 0)
			return { state: 'succeeded', handle, providerStatus: 'succeeded', images, meta: {} };
		const gone = fault(
			'notFound',
			`${name} answers with the image itself and keeps no job that could be asked for`,
			{
				description: 'Run the item again; the image was in the answer to the request that made it.',
			},
		);
		return { state: 'failed', handle, providerStatus: 'succeeded', fault: gone };
	};
