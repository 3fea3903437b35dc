import { z } from 'zod';
import { isDataUri, isHttpUrl } from '../../inputs';

const imageUrl = z
	.string()
	.refine((text) => isHttpUrl(text) || isDataUri(text), 'must be the URL or a data URI of an image');
const common = {
	prompt: z.string().min(1),
	guidance_scale: z.number().min(1).max(20).optional(),
	num_images: z.number().int().min(1).max(4).optional(),
	output_format: z.enum(['jpeg', 'png']).optional(),
	seed: z.number().int().optional(),
	sync_mode: z.literal(false).optional(),
	enhance_prompt: z.boolean().optional(),
};
const ratio = z.enum(['21:9', '16:9', '4:3', '3:2', '1:1', '2:3', '3:4', '9:16', '9:21']);
const pro = {
	...common,
	aspect_ratio: ratio.optional(),
	safety_tolerance: z.enum(['1', '2', '3', '4', '5', '6']).optional(),
};
const dev = {
	...common,
	// 10 to 50 according to a third party (D3).
	num_inference_steps: z.number().int().min(10).max(50).optional(),
	enable_safety_checker: z.boolean().optional(),
	acceleration: z.enum(['none', 'regular', 'high']).optional(),
};
const resolutionMode = z.enum([
	'auto',
	'match_input',
	...['1:1', '16:9', '21:9', '3:2', '2:3', '4:5', '5:4', '3:4', '4:3', '9:16', '9:21'],
]);
const single = { image_url: imageUrl };
// The maximum number of images is NOT FOUND; four is that of the model at other providers.
const multi = { image_urls: z.array(imageUrl).min(1).max(4) };

/**
 * Schema of the submit body by endpoint. Unknown fields are refused, though how fal treats them is NOT FOUND:
 * clients send none.
 */
export const schemas = {
	'fal-ai/flux-pro/kontext': z.object({ ...pro, ...single }).strict(),
	'fal-ai/flux-pro/kontext/max': z.object({ ...pro, ...single }).strict(),
	'fal-ai/flux-pro/kontext/text-to-image': z.object(pro).strict(),
	'fal-ai/flux-pro/kontext/max/text-to-image': z.object(pro).strict(),
	'fal-ai/flux-pro/kontext/multi': z.object({ ...pro, ...multi }).strict(),
	'fal-ai/flux-pro/kontext/max/multi': z.object({ ...pro, ...multi }).strict(),
	'fal-ai/flux-kontext/dev': z
		.object({ ...dev, ...single, resolution_mode: resolutionMode.optional() })
		.strict(),
	// Named by a third party only (D3); its schema is INFERRED from that of the edit endpoint.
	'fal-ai/flux-kontext/dev/text-to-image': z.object(dev).strict(),
};

/** Schema of the submit query. The response to a webhook that is not a URL is NOT FOUND. */
export const submitQuery = z
	.object({
		fal_webhook: z.string().refine(isHttpUrl, 'must be a URL').optional(),
		fal_max_queue_length: z.string().regex(/^\d+$/).optional(),
	})
	.strict();

/** Path of a model's endpoint. */
export type Endpoint = keyof typeof schemas;

/** Every endpoint that the emulator offers. */
export const endpoints = Object.keys(schemas) as Endpoint[];

/** The fields of a submit body that the emulator uses, whatever the endpoint. */
export interface Payload {
	prompt: string;
	num_images?: number | undefined;
	output_format?: 'jpeg' | 'png' | undefined;
	seed?: number | undefined;
	aspect_ratio?: string | undefined;
	resolution_mode?: string | undefined;
	image_url?: string | undefined;
	image_urls?: string[] | undefined;
}

/** Returns the owner and the app of an endpoint, under which fal's clients request its jobs. */
export const ownerAndApp = (endpoint: string): string => endpoint.split('/').slice(0, 2).join('/');
