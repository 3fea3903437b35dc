import { z } from 'zod';

import { fault, succeed, type Result } from '../../core/base/faults';
import type { HttpResponse } from '../../core/http/ports';
import type { ImageRef, JobSnapshot } from '../../core/job/snapshot';
import type { ProviderContext } from '../../core/provider';
import { lazy, optional, parseBody } from '../shared/schema';
import { name } from './errors';
import type { FalHandle } from './handle';
import { failedJobOf } from './response';

const DAY_MS = 24 * 60 * 60 * 1000;
/** "Guaranteed to be available for at least 7 days." */
const LINK_LIFETIME_MS = 7 * DAY_MS;

/** Property of a result that flags images; the provider status of a job whose images are all flagged. */
const FLAGS = 'has_nsfw_concepts';

const resultSchema = lazy(() =>
	z.object({
		images: z.array(z.object({ url: z.string().min(1) })).min(1),
		seed: optional.number(),
		prompt: optional.text(),
		[FLAGS]: z.array(z.boolean()).nullish().catch(null),
	}),
);

type JobResult = z.infer<ReturnType<typeof resultSchema>>;

/** Reads an image. With `sync_mode`, an additional field, it is in the response as a data URI. */
function imageRefOf(url: string, now: number): ImageRef {
	return url.startsWith('data:')
		? { kind: 'base64', data: url.slice(url.indexOf(',') + 1) }
		: { kind: 'url', url, expiresAt: new Date(now + LINK_LIFETIME_MS).toISOString() };
}

/** Tells whether every image is flagged; where only some are, all of them are delivered. */
const isModerated = ({ images, [FLAGS]: flags }: JobResult): boolean =>
	flags != null && flags.length >= images.length && flags.every(Boolean);

/** Parses the response to the request for a result. */
export function parseResult(
	response: HttpResponse,
	handle: FalHandle,
	{ now }: ProviderContext,
): Result<JobSnapshot<FalHandle>> {
	const failedJob = failedJobOf(response, handle);
	if (failedJob) return succeed(failedJob);
	const result = parseBody(name, resultSchema(), response.body);
	if (!result.ok) return result;
	const { images, seed, prompt } = result.value;
	if (isModerated(result.value)) {
		const moderated = fault('moderated', `${name} flagged the finished image as not safe for work`, {
			providerStatus: FLAGS,
		});
		return succeed({ state: 'failed', handle, providerStatus: FLAGS, fault: moderated });
	}
	return succeed({
		state: 'succeeded',
		handle,
		providerStatus: 'COMPLETED',
		images: images.map(({ url }) => imageRefOf(url, now)),
		meta: { seed: seed ?? null, revisedPrompt: prompt ?? null, runMs: handle.runMs ?? null },
	});
}
