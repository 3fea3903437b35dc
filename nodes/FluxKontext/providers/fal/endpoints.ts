import type { PreparedRequest } from '../../core/request/imageRequest';

/** Base URL of the queue. */
export const defaultBaseUrl = 'https://queue.fal.run';

/** Hosts that may receive the key besides the base URL's: regional hosts of the queue. */
export const trustedHosts: readonly string[] = ['fal.run', '*.fal.run'];

/** Endpoint of each model of the catalogue for one input image; the model's other endpoints are below it. */
export const endpoints: Readonly<Record<string, string>> = {
	'kontext/pro': 'fal-ai/flux-pro/kontext',
	'kontext/max': 'fal-ai/flux-pro/kontext/max',
	'kontext/dev': 'fal-ai/flux-kontext/dev',
};

/** An endpoint: `owner/app/…`, without a segment that would lead out of the path. */
export const ENDPOINT = /^\w[\w.-]*(?:\/\w[\w.-]*)+$/;

/**
 * Returns the endpoint that a request goes to: that of the catalogue's model for the number of input images,
 * or the endpoint that was entered in place of a model. `null` where the text can be neither.
 */
export function endpointOf({ model, images }: PreparedRequest): string | null {
	const base = Object.hasOwn(endpoints, model) ? endpoints[model] : undefined;
	if (base === undefined) return ENDPOINT.test(model) ? model : null;
	if (images.length === 0) return `${base}/text-to-image`;
	return images.length === 1 ? base : `${base}/multi`;
}
