import { z } from 'zod';

import { fail, succeed, type Result } from '../../core/base/faults';
import { mergeFields, show, type JsonObject } from '../../core/base/json';
import type { HttpRequest } from '../../core/http/ports';
import type { ProviderContext } from '../../core/provider';
import type { InputImage, PreparedRequest } from '../../core/request/imageRequest';
import { ratioText } from '../../core/request/ratios';
import { urlOrDataUri } from '../shared/inputImages';
import { checkBody, lazy } from '../shared/schema';
import { builtAddress, ownAddress, ownResultAddress } from './addresses';
import { endpointOf, endpoints } from './endpoints';
import { name } from './errors';
import type { FalHandle } from './handle';

const submitBodySchema = lazy(() =>
	z
		.object({
			prompt: z.string().min(1),
			image_url: z.string().optional(),
			image_urls: z.array(z.string()).min(1).optional(),
			aspect_ratio: z.string().optional(),
			resolution_mode: z.string().optional(),
			guidance_scale: z.number().optional(),
			num_inference_steps: z.number().int().optional(),
			num_images: z.number().int().optional(),
			output_format: z.enum(['jpeg', 'png']).optional(),
			// A whole number, as text.
			safety_tolerance: z.string().regex(/^\d+$/).optional(),
			enable_safety_checker: z.boolean().optional(),
			enhance_prompt: z.boolean().optional(),
			acceleration: z.enum(['none', 'regular', 'high']).optional(),
			seed: z.number().int().optional(),
		})
		.strict(),
);

/** Endpoints that take a list of images also for one: Kontext's multi and the edit endpoints of FLUX.2. */
const TAKES_LIST = /\/(?:multi|edit)$/;

function imageFields(images: readonly InputImage[], endpoint: string): JsonObject {
	const urls = images.map(urlOrDataUri);
	const [first] = urls;
	if (first === undefined) return {};
	return urls.length > 1 || TAKES_LIST.test(endpoint) ? { image_urls: urls } : { image_url: first };
}

function sizeFields({ model, operation, size }: PreparedRequest): JsonObject {
	if (model === 'kontext/dev') {
		if (operation === 'generate') return {};
		return { resolution_mode: size.kind === 'ratio' ? ratioText(size.ratio) : 'match_input' };
	}
	return size.kind === 'ratio' ? { aspect_ratio: ratioText(size.ratio) } : {};
}

/** Builds the request that submits a job. */
export function buildSubmit(request: PreparedRequest, { baseUrl }: ProviderContext): Result<HttpRequest> {
	const { model, prompt, images, fields, additionalFields } = request;
	const endpoint = endpointOf(request);
	if (endpoint === null)
		return fail(
			'invalidRequest',
			`'Model' must be ${Object.keys(endpoints).join(', ')} or an endpoint of ${name} ` +
				`such as fal-ai/flux-2-pro, but is ${show(model)}`,
		);
	const body = checkBody(name, submitBodySchema(), {
		prompt,
		...imageFields(images, endpoint),
		...sizeFields(request),
		// Without it Kontext makes a JPEG; the formats of an endpoint outside the catalogue are unknown.
		...(Object.hasOwn(endpoints, model) && { output_format: 'png' }),
		...fields,
	});
	if (!body.ok) return body;
	return succeed({
		method: 'POST',
		url: `${baseUrl}/${endpoint}`,
		json: mergeFields(body.value, additionalFields),
	});
}

/** Builds a status request, to the address of the response or else to the one that clients build. */
export const buildStatus = (handle: FalHandle, { baseUrl }: ProviderContext): HttpRequest => ({
	method: 'GET',
	url: ownAddress(handle.statusUrl, handle, '/status', baseUrl) ?? builtAddress(handle, '/status', baseUrl),
});

/** Builds the request for a result, to the address of the response or else to the one that clients build. */
export const buildResult = (handle: FalHandle, { baseUrl }: ProviderContext): HttpRequest => ({
	method: 'GET',
	url: ownResultAddress(handle.responseUrl, handle, baseUrl) ?? builtAddress(handle, '', baseUrl),
});

/** Builds a cancel request, to the address of the response or else to the one that clients build. */
export const buildCancel = (handle: FalHandle, { baseUrl }: ProviderContext): HttpRequest => ({
	method: 'PUT',
	url: ownAddress(handle.cancelUrl, handle, '/cancel', baseUrl) ?? builtAddress(handle, '/cancel', baseUrl),
});
