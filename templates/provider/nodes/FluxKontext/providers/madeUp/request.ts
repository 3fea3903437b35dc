import { z } from 'zod';

import { succeed, type Result } from '../../core/base/faults';
import { mergeFields } from '../../core/base/json';
import type { HttpRequest } from '../../core/http/ports';
import type { Handle } from '../../core/job/snapshot';
import type { ProviderContext } from '../../core/provider';
import type { PreparedRequest } from '../../core/request/imageRequest';
import { ratioText } from '../../core/request/ratios';
import { urlOrDataUri } from '../shared/inputImages';
import { checkBody, lazy } from '../shared/schema';
import { name } from './models';

/** Strict, so that no undocumented field is sent. The ranges of options are those of `models.ts`. */
const bodySchema = lazy(() =>
	z
		.object({
			model: z.string().min(1),
			prompt: z.string().min(1),
			image: z.string().optional(),
			aspect_ratio: z.string().optional(),
			seed: z.number().int().optional(),
			output_format: z.enum(['jpeg', 'png']).optional(),
		})
		.strict(),
);

/** Builds the submit of a job. */
export function buildSubmit(request: PreparedRequest, { baseUrl }: ProviderContext): Result<HttpRequest> {
	const { model, prompt, images, size, fields, additionalFields } = request;
	const [image] = images;
	const body = checkBody(name, bodySchema(), {
		model,
		prompt,
		...(image && { image: urlOrDataUri(image) }),
		...(size.kind === 'ratio' && { aspect_ratio: ratioText(size.ratio) }),
		...fields,
	});
	if (!body.ok) return body;
	const json = mergeFields(body.value, additionalFields);
	return succeed({ method: 'POST', url: `${baseUrl}/images`, json });
}

/** Builds a status request. */
export const buildStatus = ({ id }: Handle, { baseUrl }: ProviderContext): HttpRequest => ({
	method: 'GET',
	url: `${baseUrl}/images/${encodeURIComponent(id)}`,
});
