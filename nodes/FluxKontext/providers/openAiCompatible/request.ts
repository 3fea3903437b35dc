import { z } from 'zod';

import { succeed, type Result } from '../../core/base/faults';
import { mergeFields } from '../../core/base/json';
import type { HttpRequest } from '../../core/http/ports';
import type { ProviderContext } from '../../core/provider';
import type { PreparedRequest } from '../../core/request/imageRequest';
import { pixelsText } from '../../core/request/ratios';
import { formOf, sizeSchema } from '../shared/openAiImages';
import { checkBody, lazy } from '../shared/schema';
import { name } from './errors';

/**
 * Fields that OpenAI's own API has. `response_format` is not sent, because servers differ in it: LocalAI
 * returns links without it, stable-diffusion.cpp ignores it, vLLM-Omni supports base64 only, and SGLang
 * answers 400 to `url` where it has no storage. Links and base64 are both read. Fields that only one server
 * has (seed, num_inference_steps, guidance_scale, ref_images …) can be sent as additional fields.
 */
const submitBodySchema = lazy(() =>
	z
		.object({
			model: z.string().min(1),
			prompt: z.string().min(1),
			size: sizeSchema().optional(),
			n: z.number().int().optional(),
			output_format: z.enum(['png', 'jpeg', 'webp']).optional(),
			output_compression: z.number().int().optional(),
		})
		.strict(),
);

/** Builds the request that makes the images: JSON to generate, a multipart form with the images to edit. */
export function buildSubmit(
	{ operation, model, prompt, images, size, fields, additionalFields }: PreparedRequest,
	{ baseUrl }: ProviderContext,
): Result<HttpRequest> {
	const body = checkBody(name, submitBodySchema(), {
		model,
		prompt,
		...(size.kind === 'pixels' && { size: pixelsText(size) }),
		...fields,
	});
	if (!body.ok) return body;
	const json = mergeFields(body.value, additionalFields);
	return succeed(
		operation === 'generate'
			? { method: 'POST', url: `${baseUrl}/images/generations`, json }
			: {
					method: 'POST',
					url: `${baseUrl}/images/edits`,
					form: formOf(json, images, images.length > 1 ? 'image[]' : 'image'),
				},
	);
}
