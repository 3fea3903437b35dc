import { z } from 'zod';

import { succeed, type Result } from '../../core/base/faults';
import type { HttpResponse } from '../../core/http/ports';
import type { FinishedSnapshot } from '../../core/job/snapshot';
import type { ProviderContext } from '../../core/provider';
import type { PreparedRequest } from '../../core/request/imageRequest';
import { collectImages } from '../shared/collectImages';
import { noImageInResponse } from '../shared/failures';
import {
	createResponseHandle,
	responseId,
	revisedPromptOf,
	type ResponseHandle,
} from '../shared/openAiImages';
import { lazy, optional, parseBody } from '../shared/schema';
import { name, parseError } from './errors';

const imagesSchema = lazy(() =>
	z.object({
		id: optional.text(),
		data: z.unknown(),
		// The name that fal and others use, where one of them is behind a gateway.
		images: z.unknown(),
		error: z.unknown(),
	}),
);

/** Parses the response to a submit, which holds the images or, also with a 2xx status, an error. */
export function parseSubmit(
	response: HttpResponse,
	_request: PreparedRequest,
	{ baseUrl, now }: ProviderContext,
): Result<FinishedSnapshot<ResponseHandle>> {
	const body = parseBody(name, imagesSchema(), response.body);
	if (!body.ok) return body;
	const { id, data, images: otherEntries, error } = body.value;
	const place = { baseUrl, expiresAt: null };
	const listed = collectImages(data, place);
	const images = listed.length > 0 ? listed : collectImages(otherEntries, place);
	if (images.length === 0)
		return error == null
			? noImageInResponse(name, response.body)
			: { ok: false, fault: parseError(response) };
	return succeed({
		state: 'succeeded',
		handle: createResponseHandle(responseId(response, 'x-request-id', now, id), images),
		providerStatus: 'succeeded',
		images,
		meta: { revisedPrompt: revisedPromptOf(data) ?? revisedPromptOf(otherEntries) },
	});
}
