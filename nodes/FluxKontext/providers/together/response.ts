import { z } from 'zod';

import { succeed, type Result } from '../../core/base/faults';
import type { HttpResponse } from '../../core/http/ports';
import type { FinishedSnapshot } from '../../core/job/snapshot';
import type { ProviderContext } from '../../core/provider';
import type { PreparedRequest } from '../../core/request/imageRequest';
import { collectImages, sortByIndex } from '../shared/collectImages';
import { noImageInResponse } from '../shared/failures';
import { createResponseHandle, responseId, type ResponseHandle } from '../shared/openAiImages';
import { lazy, optional, parseBody } from '../shared/schema';
import { name } from './errors';

const imagesSchema = lazy(() =>
	z.object({
		id: optional.text(),
		data: z.unknown(),
	}),
);

/** Parses the response to a submit, which holds the images. They are sorted by their `index`. */
export function parseSubmit(
	response: HttpResponse,
	_request: PreparedRequest,
	{ baseUrl, now }: ProviderContext,
): Result<FinishedSnapshot<ResponseHandle>> {
	const body = parseBody(name, imagesSchema(), response.body);
	if (!body.ok) return body;
	const { id, data } = body.value;
	const entries = Array.isArray(data) ? sortByIndex(data) : data;
	const images = collectImages(entries, { baseUrl, expiresAt: null });
	if (images.length === 0) return noImageInResponse(name, response.body);
	return succeed({
		state: 'succeeded',
		handle: createResponseHandle(responseId(response, 'x-request-id', now, id), images),
		providerStatus: 'completed',
		images,
		meta: {},
	});
}
