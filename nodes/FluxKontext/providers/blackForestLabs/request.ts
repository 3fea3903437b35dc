import { z } from 'zod';

import { succeed, type Result } from '../../core/base/faults';
import { mergeFields } from '../../core/base/json';
import type { HttpRequest } from '../../core/http/ports';
import type { ProviderContext } from '../../core/provider';
import type { PreparedRequest } from '../../core/request/imageRequest';
import { ratioText } from '../../core/request/ratios';
import { numberedImageFields } from '../shared/inputImages';
import { checkBody, lazy } from '../shared/schema';
import { builtAddress, pollingAddress } from './addresses';
import { name } from './errors';
import type { BlackForestLabsHandle } from './handle';
import { isFlux2 } from './models';

const commonSchema = lazy(() =>
	z
		.object({
			prompt: z.string().min(1),
			input_image: z.string().optional(),
			input_image_2: z.string().optional(),
			input_image_3: z.string().optional(),
			input_image_4: z.string().optional(),
			seed: z.number().int().optional(),
			output_format: z.enum(['jpeg', 'png', 'webp']),
			prompt_upsampling: z.boolean().optional(),
			safety_tolerance: z.number().int().optional(),
		})
		.strict(),
);

const kontextSchema = lazy(() => commonSchema().extend({ aspect_ratio: z.string().optional() }));

const flux2Schema = lazy(() =>
	commonSchema().extend({
		input_image_5: z.string().optional(),
		input_image_6: z.string().optional(),
		input_image_7: z.string().optional(),
		input_image_8: z.string().optional(),
		width: z.number().int().optional(),
		height: z.number().int().optional(),
		guidance: z.number().optional(),
		steps: z.number().int().optional(),
	}),
);

/** Builds the submit. */
export function buildSubmit(
	{ model, prompt, images, size, fields, additionalFields }: PreparedRequest,
	{ baseUrl }: ProviderContext,
): Result<HttpRequest> {
	const body = checkBody(name, isFlux2(model) ? flux2Schema() : kontextSchema(), {
		prompt,
		// Bare base64, without a `data:` prefix.
		...numberedImageFields(images),
		...(size.kind === 'ratio' && { aspect_ratio: ratioText(size.ratio) }),
		...(size.kind === 'pixels' && { width: size.width, height: size.height }),
		// The documented default differs from page to page.
		output_format: 'png',
		...fields,
	});
	if (!body.ok) return body;
	return succeed({
		method: 'POST',
		url: `${baseUrl}/v1/${encodeURIComponent(model)}`,
		json: mergeFields(body.value, additionalFields),
	});
}

/** Builds a status request: to the polling URL, or else to the base URL, which knows the job as well. */
export const buildStatus = (
	{ id, pollingUrl }: BlackForestLabsHandle,
	{ baseUrl }: ProviderContext,
): HttpRequest => ({
	method: 'GET',
	url: pollingAddress(pollingUrl, id, baseUrl) ?? builtAddress(id, baseUrl),
});
