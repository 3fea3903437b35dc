import { z } from 'zod';

import { succeed, type Result } from '../../core/base/faults';
import type { HttpResponse } from '../../core/http/ports';
import type { FinishedSnapshot } from '../../core/job/snapshot';
import type { ProviderContext } from '../../core/provider';
import type { PreparedRequest } from '../../core/request/imageRequest';
import { collectImages } from '../shared/collectImages';
import { noImageInResponse } from '../shared/failures';
import { createResponseHandle, responseId, type ResponseHandle } from '../shared/openAiImages';
import { lazy, optional, parseBody } from '../shared/schema';
import { name } from './errors';

/** "The URL is valid for one hour." */
const LINK_LIFETIME_MS = 60 * 60 * 1000;
/** Header with the id of a request; the response names no job. */
const TRACE_ID_HEADER = 'x-siliconcloud-trace-id';

const imagesSchema = lazy(() =>
	z.object({
		images: z.unknown(),
		// Other clients of this API read the images here.
		data: z.unknown(),
		// Seconds.
		timings: z.object({ inference: optional.number() }).nullish().catch(null),
		seed: optional.number(),
	}),
);

/** Parses the response to a submit, which holds the image. */
export function parseSubmit(
	response: HttpResponse,
	_request: PreparedRequest,
	{ baseUrl, now }: ProviderContext,
): Result<FinishedSnapshot<ResponseHandle>> {
	const body = parseBody(name, imagesSchema(), response.body);
	if (!body.ok) return body;
	const { images: entries, data, timings, seed } = body.value;
	const expiresAt = new Date(now + LINK_LIFETIME_MS).toISOString();
	const listed = collectImages(entries, { baseUrl, expiresAt });
	const images = listed.length > 0 ? listed : collectImages(data, { baseUrl, expiresAt });
	if (images.length === 0) return noImageInResponse(name, response.body);
	const runSeconds = timings?.inference;
	return succeed({
		state: 'succeeded',
		handle: createResponseHandle(responseId(response, TRACE_ID_HEADER, now), images),
		providerStatus: 'succeeded',
		images,
		meta: { seed: seed ?? null, runMs: runSeconds == null ? null : Math.round(runSeconds * 1000) },
	});
}
