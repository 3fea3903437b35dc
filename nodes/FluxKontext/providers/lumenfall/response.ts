import { z } from 'zod';

import { fail, succeed, type Result } from '../../core/base/faults';
import { isObject } from '../../core/base/json';
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
import { errorCode, name, parseError } from './errors';

/** "Transient, about 1 hour by default." */
const LINK_LIFETIME_MS = 60 * 60 * 1000;

const MICROS_PER_USD = 1_000_000;

const imagesSchema = lazy(() =>
	z.object({
		data: z.unknown(),
		metadata: z.object({ cost: optional.number(), cost_currency: optional.text() }).nullish().catch(null),
	}),
);

const estimateSchema = lazy(() =>
	z.object({ total_cost_micros: z.number().min(0), currency: optional.text() }),
);

/** Tells whether a currency is the US dollar, which is also the default. */
const isUsd = (currency: string | null | undefined): boolean => (currency ?? 'USD').toUpperCase() === 'USD';

/** Tells whether a body describes an error. The provider's own clients look for one in a 200 response too. */
const hasError = (body: unknown): boolean =>
	isObject(body) && (body['error'] != null || errorCode(body) !== null);

/** Parses the images out of the response to a submit. */
export function parseSubmit(
	response: HttpResponse,
	_request: PreparedRequest,
	{ baseUrl, now }: ProviderContext,
): Result<FinishedSnapshot<ResponseHandle>> {
	if (hasError(response.body)) return { ok: false, fault: parseError(response) };
	const body = parseBody(name, imagesSchema(), response.body);
	if (!body.ok) return body;
	const { data, metadata } = body.value;
	const expiresAt = new Date(now + LINK_LIFETIME_MS).toISOString();
	const images = collectImages(data, { baseUrl, expiresAt });
	if (images.length === 0) return noImageInResponse(name, response.body);
	return succeed({
		state: 'succeeded',
		handle: createResponseHandle(responseId(response, 'x-lumenfall-request-id', now), images),
		providerStatus: 'succeeded',
		images,
		meta: {
			revisedPrompt: revisedPromptOf(data),
			cost: isUsd(metadata?.cost_currency) ? (metadata?.cost ?? null) : null,
		},
	});
}

/** Parses the price of a request, in USD. */
export function parseEstimate(response: HttpResponse): Result<number> {
	const body = parseBody(name, estimateSchema(), response.body);
	if (!body.ok) return body;
	const { total_cost_micros: micros, currency } = body.value;
	return isUsd(currency)
		? succeed(micros / MICROS_PER_USD)
		: fail('badResponse', `${name} estimated the cost in ${currency}, not in USD`);
}
