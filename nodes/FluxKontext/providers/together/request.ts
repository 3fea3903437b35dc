import { z } from 'zod';

import { succeed, type Result } from '../../core/base/faults';
import { mergeFields } from '../../core/base/json';
import type { HttpRequest } from '../../core/http/ports';
import type { ProviderContext } from '../../core/provider';
import type { PreparedRequest } from '../../core/request/imageRequest';
import { urlOrDataUri } from '../shared/inputImages';
import { checkBody, lazy } from '../shared/schema';
import { name } from './errors';

const submitBodySchema = lazy(() =>
	z
		.object({
			model: z.string().min(1),
			prompt: z.string().min(1),
			image_url: z.string().optional(),
			width: z.number().int().optional(),
			height: z.number().int().optional(),
			response_format: z.enum(['base64', 'url']),
			output_format: z.enum(['jpeg', 'png']).optional(),
			seed: z.number().int().optional(),
			n: z.number().int().optional(),
			steps: z.number().int().optional(),
			guidance_scale: z.number().optional(),
			negative_prompt: z.string().optional(),
			disable_safety_checker: z.boolean().optional(),
		})
		.strict(),
);

/** Builds the request that makes the images. The input image goes by its URL or as a data URI. */
export function buildSubmit(
	{ model, prompt, images: [image], size, fields, additionalFields }: PreparedRequest,
	{ baseUrl }: ProviderContext,
): Result<HttpRequest> {
	const body = checkBody(name, submitBodySchema(), {
		model,
		prompt,
		...(image && { image_url: urlOrDataUri(image) }),
		...(size.kind === 'pixels' && { width: size.width, height: size.height }),
		// The lifetime of a link is not documented.
		response_format: 'base64',
		...fields,
	});
	if (!body.ok) return body;
	return succeed({
		method: 'POST',
		url: `${baseUrl}/images/generations`,
		json: mergeFields(body.value, additionalFields),
	});
}
