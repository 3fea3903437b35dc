import { z } from 'zod';
import { ApiError, fieldError, validate } from '../../apiError';
import { parseRatio, parseSize } from '../../sizes';
import { type Mode, models, upstreamFields } from './models';

const maxRequestedSide = 14_142;

const isSize = (text: string): boolean => {
	const pixels = parseSize(text, 'x');
	const sidesFit = pixels !== undefined && Math.max(pixels.width, pixels.height) <= maxRequestedSide;
	return text === 'auto' || sidesFit || parseRatio(text) !== undefined;
};
const ratioText = z.string().refine((text) => parseRatio(text) !== undefined, 'must be W:H');

// Unknown fields go "straight through to the upstream"; clients send none, so they are refused.
const requestSchema = z
	.object({
		model: z.string(),
		prompt: z.string().min(1).max(1000, 'Too big: expected string to have <=1000 characters'),
		size: z.string().refine(isSize, 'must be auto, WxH or W:H').optional(),
		aspect_ratio: ratioText.optional(),
		resolution: z.enum(['auto', '1K', '2K', '4K']).optional(),
		seed: z.number().int().optional(),
		n: z.number().int().min(1).max(10).optional(),
		response_format: z.enum(['url', 'b64_json']).optional(),
		output_format: z.enum(['png', 'jpeg', 'gif', 'webp', 'avif']).optional(),
		output_compression: z.number().int().min(0).max(100).optional(),
		cfg_scale: z.number().optional(),
		num_inference_steps: z.number().int().min(1).optional(),
		acceleration: z.enum(['none', 'regular', 'high']).optional(),
		enable_safety_checker: z.boolean().optional(),
		disable_safety_checker: z.boolean().optional(),
		enhance_prompt: z.boolean().optional(),
		output_quality: z.number().int().min(0).max(100).optional(),
		resolution_mode: z.enum(['auto', 'match_input']).or(ratioText).optional(),
		sync_mode: z.literal(false).optional(),
	})
	.strict();
/** A valid request to either endpoint. */
export type Payload = z.infer<typeof requestSchema>;

/** Types of the form fields that are not texts. */
export const fieldTypes = {
	seed: 'number',
	n: 'number',
	output_compression: 'number',
	cfg_scale: 'number',
	num_inference_steps: 'number',
	output_quality: 'number',
	enable_safety_checker: 'boolean',
	disable_safety_checker: 'boolean',
	enhance_prompt: 'boolean',
	sync_mode: 'boolean',
} as const;

/** Validates a request against the schema, its model and the fields of the model's upstream providers. */
export function validateFor(mode: Mode, body: unknown): Payload {
	const payload = validate(requestSchema, body, 400);
	const route = Object.hasOwn(models, payload.model) ? models[payload.model] : undefined;
	if (!route) throw new ApiError(404, `Model ${payload.model} not found`);
	const { modes, upstreams } = route;
	if (!modes.includes(mode)) throw new ApiError(400, `${payload.model} does not support this mode`);
	for (const [upstream, fields] of Object.entries(upstreamFields)) {
		const field = fields.find((name) => payload[name] !== undefined);
		if (field !== undefined && !upstreams.some((accepted) => accepted === upstream))
			throw fieldError(400, field, `is for ${upstream} only`);
	}
	return payload;
}
