import { z } from 'zod';

import { succeed, type Result } from '../../core/base/faults';
import { mergeFields } from '../../core/base/json';
import type { HttpRequest } from '../../core/http/ports';
import type { Handle } from '../../core/job/snapshot';
import type { ProviderContext } from '../../core/provider';
import type { PreparedRequest } from '../../core/request/imageRequest';
import { pixelsText } from '../../core/request/ratios';
import { formOf, sizeSchema } from '../shared/openAiImages';
import { checkBody, lazy } from '../shared/schema';
import { name } from './errors';

const submitBodySchema = lazy(() =>
	z
		.object({
			model: z.string().min(1),
			prompt: z.string().min(1),
			size: sizeSchema().optional(),
			seed: z.number().int().optional(),
		})
		.strict(),
);

/** Builds the request that submits a job: JSON to generate, a multipart form with the image to edit. */
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
			? { method: 'POST', url: `${baseUrl}/v1/images/generations?async=true`, json }
			: {
					method: 'POST',
					url: `${baseUrl}/v1/images/edits?async=true`,
					form: formOf(json, images, 'image'),
				},
	);
}

/** Builds a status request. */
export function buildStatus({ id }: Handle, { baseUrl }: ProviderContext): HttpRequest {
	return { method: 'GET', url: `${baseUrl}/v1/jobs/${encodeURIComponent(id)}` };
}
