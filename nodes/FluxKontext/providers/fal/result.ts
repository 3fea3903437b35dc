import { z } from 'zod';

import { fault, succeed, type Result } from '../../core/base/faults';
import type { HttpResponse } from '../../core/http/ports';
import type { ImageRef, JobSnapshot } from '../../core/job/snapshot';
import type { ProviderContext } from '../../core/provider';
import { collectImages } from '../shared/collectImages';
import { unreadable } from '../shared/failures';
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
		// A list of files; the image itself where an endpoint makes only one.
		images: z.unknown(),
		image: z.unknown(),
		seed: optional.number(),
		prompt: optional.text(),
		[FLAGS]: z.array(z.boolean()).nullish().catch(null),
	}),
);

type JobResult = z.infer<ReturnType<typeof resultSchema>>;

/** Tells whether every image is flagged; where only some are, all of them are delivered. */
const isModerated = ({ [FLAGS]: flags }: JobResult, images: readonly ImageRef[]): boolean =>
	flags != null && flags.length > 0 && flags.length >= images.length && flags.every(Boolean);

/** Parses the response to the request for a result. */
export function parseResult(
	response: HttpResponse,
	handle: FalHandle,
	{ baseUrl, now }: ProviderContext,
): Result<JobSnapshot<FalHandle>> {
	const failedJob = failedJobOf(response, handle);
	if (failedJob) return succeed(failedJob);
	const result = parseBody(name, resultSchema(), response.body);
	if (!result.ok) return result;
	const { images: list, image, seed, prompt } = result.value;
	const expiresAt = new Date(now + LINK_LIFETIME_MS).toISOString();
	// With `sync_mode`, an additional field, images are in the response as data URIs.
	const images = collectImages([list, image], { baseUrl, expiresAt });
	if (isModerated(result.value, images)) {
		const moderated = fault('moderated', `${name} flagged the finished image as not safe for work`, {
			providerStatus: FLAGS,
		});
		return succeed({ state: 'failed', handle, providerStatus: FLAGS, fault: moderated });
	}
	if (images.length === 0) return succeed(unreadable(name, handle, 'COMPLETED', response.body));
	return succeed({
		state: 'succeeded',
		handle,
		providerStatus: 'COMPLETED',
		images,
		meta: { seed: seed ?? null, revisedPrompt: prompt ?? null, runMs: handle.runMs ?? null },
	});
}
