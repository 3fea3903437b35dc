import { z } from 'zod';

import { succeed, type Result } from '../../core/base/faults';
import { mergeFields, type JsonObject } from '../../core/base/json';
import type { HttpRequest } from '../../core/http/ports';
import { toDataUri } from '../../core/image/dataUri';
import type { ProviderContext } from '../../core/provider';
import type { PreparedRequest } from '../../core/request/imageRequest';
import { ratioText } from '../../core/request/ratios';
import { checkBody, lazy } from '../shared/schema';
import { name } from './errors';
import { DEV_MODEL } from './models';

const dataUriSchema = () => z.string().startsWith('data:');

const submitBodySchema = lazy(() =>
	z
		.object({
			model: z.string().min(1),
			prompt: z.string().min(1),
			input_image: dataUriSchema().optional(),
			image: dataUriSchema().optional(),
			seed: z.number().int().optional(),
			aspect_ratio: z.string().optional(),
			output_format: z.enum(['png', 'jpeg']).optional(),
			prompt_upsampling: z.boolean().optional(),
			prompt_enhancement: z.boolean().optional(),
			safety_tolerance: z.number().int().optional(),
		})
		.strict(),
);

/** Returns the input image as a data URI under the model's own name for it. */
function imageFields({ model, images: [image] }: PreparedRequest): JsonObject {
	if (image?.kind !== 'bytes') return {};
	return { [model === DEV_MODEL ? 'image' : 'input_image']: toDataUri(image.mimeType, image.base64()) };
}

/** Builds the request that makes the image. */
export function buildSubmit(request: PreparedRequest, { baseUrl }: ProviderContext): Result<HttpRequest> {
	const { model, prompt, size, fields, additionalFields } = request;
	const body = checkBody(name, submitBodySchema(), {
		model,
		prompt,
		...imageFields(request),
		...(size.kind === 'ratio' && { aspect_ratio: ratioText(size.ratio) }),
		...fields,
	});
	if (!body.ok) return body;
	return succeed({
		method: 'POST',
		url: `${baseUrl}/images/generations`,
		json: mergeFields(body.value, additionalFields),
	});
}
