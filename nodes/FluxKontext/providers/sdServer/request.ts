import { z } from 'zod';

import { succeed, type Result } from '../../core/base/faults';
import { mergeFields } from '../../core/base/json';
import type { HttpRequest } from '../../core/http/ports';
import type { ProviderContext } from '../../core/provider';
import type { InputImage, PreparedRequest } from '../../core/request/imageRequest';
import { jobAddress } from '../shared/addresses';
import { checkBody, lazy } from '../shared/schema';
import { name } from './errors';
import type { SdServerHandle } from './handle';

/** "-1 random": without a seed the server uses the one that it was started with for every image. */
const RANDOM_SEED = -1;

const submitBodySchema = lazy(() =>
	z
		.object({
			prompt: z.string().min(1),
			negative_prompt: z.string().optional(),
			ref_images: z.array(z.string().min(1)).optional(),
			width: z.number().int().optional(),
			height: z.number().int().optional(),
			seed: z.number().int(),
			batch_count: z.number().int().optional(),
			sample_params: z
				.object({
					sample_steps: z.number().int().optional(),
					guidance: z.object({ distilled_guidance: z.number() }).strict().optional(),
				})
				.strict()
				.optional(),
			output_format: z.enum(['png', 'jpeg', 'webp']).optional(),
			output_compression: z.number().int().optional(),
		})
		.strict(),
);

/** Returns bare base64. A model that edits takes its input as references, not as the image to start from. */
const referencesOf = (images: readonly InputImage[]): string[] =>
	images.flatMap((image) => (image.kind === 'bytes' ? [image.base64()] : []));

/** Builds the request that submits a job. */
export function buildSubmit(
	{ prompt, images, size, fields, additionalFields }: PreparedRequest,
	{ baseUrl }: ProviderContext,
): Result<HttpRequest> {
	const body = checkBody(name, submitBodySchema(), {
		prompt,
		...(images.length > 0 && { ref_images: referencesOf(images) }),
		...(size.kind === 'pixels' && { width: size.width, height: size.height }),
		seed: RANDOM_SEED,
		...fields,
	});
	if (!body.ok) return body;
	return succeed({
		method: 'POST',
		url: `${baseUrl}/sdcpp/v1/img_gen`,
		json: mergeFields(body.value, additionalFields),
	});
}

const jobUrl = (id: string, baseUrl: string): string => `${baseUrl}/sdcpp/v1/jobs/${encodeURIComponent(id)}`;

/** Path of a job in any version of the API. */
const isJobPath = (path: string, id: string): boolean =>
	/^\/sdcpp\/v\d+\/jobs\//.test(path) &&
	path.endsWith(`/jobs/${encodeURIComponent(id)}`) &&
	path.split('/').length === 5;

/**
 * Returns the address that the server gave, or the documented one where that is absent or not one of this
 * job. A path is resolved below the base URL: the server does not know of a path prefix that a proxy adds.
 */
function statusUrl({ id, pollUrl }: SdServerHandle, baseUrl: string): string {
	const documented = jobUrl(id, baseUrl);
	if (!pollUrl) return documented;
	try {
		const { href } = new URL(pollUrl.startsWith('/') ? `.${pollUrl}` : pollUrl, `${baseUrl}/`);
		const location = { baseUrl, defaultBaseUrl: baseUrl, trustedHosts: [] };
		return jobAddress(href, location, (path) => isJobPath(path, id)) ?? documented;
	} catch {
		return documented;
	}
}

/** Builds a status request. */
export function buildStatus(handle: SdServerHandle, { baseUrl }: ProviderContext): HttpRequest {
	return { method: 'GET', url: statusUrl(handle, baseUrl) };
}

/** Builds a cancel request. The server cancels queued jobs only: for a running one it answers 409. */
export function buildCancel({ id }: SdServerHandle, { baseUrl }: ProviderContext): HttpRequest {
	return { method: 'POST', url: `${jobUrl(id, baseUrl)}/cancel` };
}
