import { z } from 'zod';

import { succeed, type Result } from '../../core/base/faults';
import { mergeFields, type JsonObject } from '../../core/base/json';
import type { HttpRequest } from '../../core/http/ports';
import type { ProviderContext } from '../../core/provider';
import type { PreparedRequest } from '../../core/request/imageRequest';
import { pixelsText, ratioText } from '../../core/request/ratios';
import { formOf } from '../shared/openAiImages';
import { checkBody, lazy } from '../shared/schema';
import { name } from './errors';
import { MAX_IMAGES_PER_JOB } from './models';

const bodySchema = lazy(() =>
	z
		.object({
			model: z.string().min(1),
			prompt: z.string().min(1),
			size: z
				.string()
				.regex(/^(auto|\d+x\d+)$/)
				.optional(),
			resolution_mode: z
				.string()
				.regex(/^(match_input|\d+:\d+)$/)
				.optional(),
			seed: z.number().int().optional(),
			// Checked once more, because it multiplies the price.
			n: z.number().int().min(1).max(MAX_IMAGES_PER_JOB).optional(),
			output_format: z.enum(['png', 'jpeg', 'gif', 'webp', 'avif']).optional(),
			output_compression: z.number().int().optional(),
			output_quality: z.number().int().optional(),
			cfg_scale: z.number().optional(),
			num_inference_steps: z.number().int().optional(),
			acceleration: z.enum(['none', 'regular', 'high']).optional(),
			enable_safety_checker: z.boolean().optional(),
			disable_safety_checker: z.boolean().optional(),
			enhance_prompt: z.boolean().optional(),
		})
		.strict(),
);

/** Returns the one field that describes the size; `size` would override any other field beside it. */
function sizeFields({ operation, model, size }: PreparedRequest): JsonObject {
	if (size.kind === 'pixels') return { size: pixelsText(size) };
	if (size.kind === 'ratio') return { resolution_mode: ratioText(size.ratio) };
	if (operation === 'generate') return {};
	// Without a size, an edit would be made at 1024x1024.
	return model.startsWith('fal/') ? { resolution_mode: 'match_input' } : { size: 'auto' };
}

/** Builds a request to the endpoint of the operation: JSON to generate, a form with the images to edit. */
function buildRequest(
	request: PreparedRequest,
	{ baseUrl }: ProviderContext,
	query = '',
): Result<HttpRequest> {
	const { operation, model, prompt, images, fields, additionalFields } = request;
	const checked = checkBody(name, bodySchema(), { model, prompt, ...sizeFields(request), ...fields });
	if (!checked.ok) return checked;
	const body = mergeFields(checked.value, additionalFields);
	const url = `${baseUrl}/openai/v1/images`;
	return succeed(
		operation === 'generate'
			? { method: 'POST', url: `${url}/generations${query}`, json: body }
			: { method: 'POST', url: `${url}/edits${query}`, form: formOf(body, images, 'image[]') },
	);
}

/** Builds a submit. */
export const buildSubmit = (request: PreparedRequest, context: ProviderContext): Result<HttpRequest> =>
	buildRequest(request, context);

/** Builds a request for the price of a submit: the submit itself as a dry run. */
export const buildEstimate = (request: PreparedRequest, context: ProviderContext): Result<HttpRequest> =>
	buildRequest(request, context, '?dryRun=true');
