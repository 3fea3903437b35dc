import { z } from 'zod';

import { fail, succeed, type Result } from '../../core/base/faults';
import { mergeFields } from '../../core/base/json';
import type { HttpRequest } from '../../core/http/ports';
import type { ProviderContext } from '../../core/provider';
import type { PreparedRequest } from '../../core/request/imageRequest';
import { ratioText } from '../../core/request/ratios';
import { urlOrDataUri } from '../shared/inputImages';
import { checkBody, lazy } from '../shared/schema';
import { builtAddress, ownAddress } from './addresses';
import { name } from './errors';
import type { ReplicateHandle } from './handle';
import { models } from './models';

/** Seconds that a submit may be held, so that a short job is answered with its image. Replicate allows 60. */
const MAX_WAIT_S = 5;

const MODEL = /^\w[\w.-]*\/\w[\w.-]*$/;

const inputSchema = lazy(() =>
	z
		.object({
			prompt: z.string().min(1),
			input_image: z.string().min(1).optional(),
			aspect_ratio: z.string().optional(),
			output_format: z.enum(['jpg', 'png', 'webp']).optional(),
			output_quality: z.number().int().optional(),
			safety_tolerance: z.number().int().optional(),
			prompt_upsampling: z.boolean().optional(),
			seed: z.number().int().optional(),
			num_inference_steps: z.number().int().optional(),
			guidance: z.number().optional(),
			disable_safety_checker: z.boolean().optional(),
		})
		.strict(),
);

/** Returns the size fields; a model outside the catalogue is not asked to match its input image. */
function sizeFields({ size, images }: PreparedRequest, isListed: boolean): Record<string, string> {
	if (size.kind === 'ratio') return { aspect_ratio: ratioText(size.ratio) };
	return isListed && images.length > 0 ? { aspect_ratio: 'match_input_image' } : {};
}

/** Builds the submit. */
export function buildSubmit(
	request: PreparedRequest,
	{ baseUrl, waitMs = 0 }: ProviderContext,
): Result<HttpRequest> {
	const { model, prompt, images, fields, additionalFields } = request;
	if (!MODEL.test(model))
		return fail(
			'invalidRequest',
			`'Model' must be owner/name, such as black-forest-labs/flux-kontext-pro, but is "${model}"`,
		);
	const [image] = images;
	const isListed = models.some(({ id }) => id === model);
	const input = checkBody(name, inputSchema(), {
		prompt,
		...(image && { input_image: urlOrDataUri(image) }),
		...sizeFields(request, isListed),
		// The default differs from model to model; the formats of a model outside the catalogue are unknown.
		...(isListed && { output_format: 'png' }),
		...fields,
	});
	if (!input.ok) return input;
	const waitS = Math.min(MAX_WAIT_S, Math.floor(waitMs / 1000));
	return succeed({
		method: 'POST',
		url: `${baseUrl}/models/${model}/predictions`,
		...(waitS >= 1 && { headers: { Prefer: `wait=${waitS}` } }),
		json: { input: mergeFields(input.value, additionalFields) },
	});
}

/** Builds a status request, to the URL of the response or else to the documented one. */
export const buildStatus = ({ id, getUrl }: ReplicateHandle, { baseUrl }: ProviderContext): HttpRequest => ({
	method: 'GET',
	url: ownAddress(getUrl, id, '', baseUrl) ?? builtAddress(id, '', baseUrl),
});

/** Builds a cancel request, to the URL of the response or else to the documented one. */
export const buildCancel = (
	{ id, cancelUrl }: ReplicateHandle,
	{ baseUrl }: ProviderContext,
): HttpRequest => ({
	method: 'POST',
	url: ownAddress(cancelUrl, id, '/cancel', baseUrl) ?? builtAddress(id, '/cancel', baseUrl),
});
