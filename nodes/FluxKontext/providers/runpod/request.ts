import { z } from 'zod';

import { succeed, type Result } from '../../core/base/faults';
import { mergeFields } from '../../core/base/json';
import type { HttpRequest } from '../../core/http/ports';
import type { ProviderContext } from '../../core/provider';
import type { PreparedRequest } from '../../core/request/imageRequest';
import { urlOrDataUri } from '../shared/inputImages';
import { checkBody, lazy } from '../shared/schema';
import { name } from './errors';
import type { RunpodHandle } from './handle';

const inputSchema = lazy(() =>
	z
		.object({
			prompt: z.string().min(1),
			image: z.string().min(1),
			negative_prompt: z.string().optional(),
			size: z
				.string()
				.regex(/^\d+\*\d+$/)
				.optional(),
			num_inference_steps: z.number().int().optional(),
			guidance: z.number().optional(),
			seed: z.number().int().optional(),
			output_format: z.enum(['png', 'jpeg']).optional(),
			enable_safety_checker: z.boolean().optional(),
		})
		.strict(),
);

const endpointUrl = (baseUrl: string, endpoint: string): string =>
	`${baseUrl}/${encodeURIComponent(endpoint)}`;

/** Builds the submit. */
export function buildSubmit(
	{ model, prompt, images, size, fields, additionalFields }: PreparedRequest,
	{ baseUrl }: ProviderContext,
): Result<HttpRequest> {
	const [image] = images;
	const input = checkBody(name, inputSchema(), {
		prompt,
		...(image && { image: urlOrDataUri(image) }),
		...(size.kind === 'pixels' && { size: `${size.width}*${size.height}` }),
		...fields,
	});
	if (!input.ok) return input;
	return succeed({
		method: 'POST',
		// Not `/runsync`: its result is kept for one minute only, that of `/run` for thirty.
		url: `${endpointUrl(baseUrl, model)}/run`,
		json: { input: mergeFields(input.value, additionalFields) },
	});
}

/** Builds a status request. */
export const buildStatus = ({ endpoint, id }: RunpodHandle, { baseUrl }: ProviderContext): HttpRequest => ({
	method: 'GET',
	url: `${endpointUrl(baseUrl, endpoint)}/status/${encodeURIComponent(id)}`,
});

/** Builds a cancel request. */
export const buildCancel = ({ endpoint, id }: RunpodHandle, { baseUrl }: ProviderContext): HttpRequest => ({
	method: 'POST',
	url: `${endpointUrl(baseUrl, endpoint)}/cancel/${encodeURIComponent(id)}`,
});
