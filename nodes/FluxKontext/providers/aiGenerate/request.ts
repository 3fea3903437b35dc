import { z } from 'zod';

import { fail, succeed, type Result } from '../../core/base/faults';
import { mergeFields, type JsonObject } from '../../core/base/json';
import type { HttpRequest } from '../../core/http/ports';
import type { ProviderContext } from '../../core/provider';
import type { PreparedRequest } from '../../core/request/imageRequest';
import { ratioText } from '../../core/request/ratios';
import { checkBody, lazy } from '../shared/schema';
import { name } from './errors';
import { pathFor, type AiGenerateHandle, type ApiPath } from './handle';

const endpoints: Readonly<Record<ApiPath, { submit: string; status: string }>> = {
	kontext: { submit: '/api/v1/flux/kontext/generate', status: '/api/v1/flux/kontext/record-info' },
	jobs: { submit: '/api/v1/jobs/createTask', status: '/api/v1/jobs/recordInfo' },
};

const kontextBodySchema = lazy(() =>
	z
		.object({
			model: z.string().min(1),
			prompt: z.string().min(1),
			inputImage: z.string().optional(),
			aspectRatio: z.string().optional(),
			outputFormat: z.enum(['jpeg', 'png']).optional(),
			promptUpsampling: z.boolean().optional(),
			safetyTolerance: z.number().int().optional(),
		})
		.strict(),
);

const taskBodySchema = lazy(() =>
	z
		.object({
			model: z.string().min(1),
			input: z
				.object({
					prompt: z.string().min(1),
					aspect_ratio: z.string().optional(),
					input_urls: z.array(z.string()).optional(),
				})
				.strict(),
		})
		.strict(),
);

function kontextBody(request: PreparedRequest, [url]: readonly string[]): Result<JsonObject> {
	const { model, prompt, size, fields, additionalFields } = request;
	const body = checkBody(name, kontextBodySchema(), {
		model,
		prompt,
		...(url !== undefined && { inputImage: url }),
		...(size.kind === 'ratio' && { aspectRatio: ratioText(size.ratio) }),
		...fields,
	});
	return body.ok ? succeed(mergeFields(body.value, additionalFields)) : body;
}

function taskBody(request: PreparedRequest, urls: readonly string[]): Result<JsonObject> {
	const { model, prompt, size, fields, additionalFields } = request;
	const input: JsonObject = {
		prompt,
		...(urls.length > 0 && { input_urls: [...urls] }),
		...(size.kind === 'ratio' && { aspect_ratio: ratioText(size.ratio) }),
		...fields,
	};
	const body = checkBody(name, taskBodySchema(), { model, input });
	return body.ok ? succeed(mergeFields(body.value, { input: additionalFields })) : body;
}

/** Builds the submit of a job. Additional fields go into `input` where the API has one. */
export function buildSubmit(request: PreparedRequest, { baseUrl }: ProviderContext): Result<HttpRequest> {
	const { model, images } = request;
	const urls = images.flatMap((image) => (image.kind === 'url' ? [image.url] : []));
	if (urls.length < images.length)
		return fail('invalidRequest', `${name} takes input images by their URL only`);
	const path = pathFor(model);
	const body = path === 'kontext' ? kontextBody(request, urls) : taskBody(request, urls);
	if (!body.ok) return body;
	return succeed({ method: 'POST', url: `${baseUrl}${endpoints[path].submit}`, json: body.value });
}

/** Builds a status request to the API that the handle names. */
export const buildStatus = ({ id, path }: AiGenerateHandle, { baseUrl }: ProviderContext): HttpRequest => ({
	method: 'GET',
	url: `${baseUrl}${endpoints[path].status}?taskId=${encodeURIComponent(id)}`,
});
