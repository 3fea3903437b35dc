import { z } from 'zod';

import { succeed, type Result } from '../../core/base/faults';
import { mergeFields } from '../../core/base/json';
import type { HttpRequest } from '../../core/http/ports';
import type { Handle } from '../../core/job/snapshot';
import type { ProviderContext } from '../../core/provider';
import type { PreparedRequest } from '../../core/request/imageRequest';
import { ratioText } from '../../core/request/ratios';
import { numberedImageFields } from '../shared/inputImages';
import { checkBody, lazy } from '../shared/schema';
import { name } from './errors';

const paramsSchema = lazy(() =>
	z
		.object({
			prompt: z.string().min(1),
			input_image: z.string().optional(),
			input_image_2: z.string().optional(),
			input_image_3: z.string().optional(),
			input_image_4: z.string().optional(),
			seed: z.number().int().optional(),
			aspect_ratio: z.string().optional(),
			output_format: z.enum(['jpeg', 'png']).optional(),
			prompt_upsampling: z.boolean().optional(),
			safety_tolerance: z.number().int().optional(),
			steps: z.number().int().optional(),
			guidance_scale: z.number().optional(),
			negative_prompt: z.string().optional(),
		})
		.strict(),
);

/** Builds the submit of a job. */
export function buildSubmit(request: PreparedRequest, { baseUrl }: ProviderContext): Result<HttpRequest> {
	const { model, prompt, images, size, fields, additionalFields } = request;
	const params = checkBody(name, paramsSchema(), {
		prompt,
		// "Base64 encoded image": bare, without a `data:` prefix.
		...numberedImageFields(images),
		...(size.kind === 'ratio' && { aspect_ratio: ratioText(size.ratio) }),
		...fields,
	});
	if (!params.ok) return params;
	return succeed({
		method: 'POST',
		url: `${baseUrl}/v1/generation`,
		// The pages of the models list the parameters flat; vtrix-cli wraps them.
		json: { model, input: [{ params: mergeFields(params.value, additionalFields) }] },
	});
}

/** Builds a status request. */
export const buildStatus = ({ id }: Handle, { baseUrl }: ProviderContext): HttpRequest => ({
	method: 'GET',
	url: `${baseUrl}/v1/generation/task/${encodeURIComponent(id)}`,
});
