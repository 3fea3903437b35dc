import { z } from 'zod';
import { isDataUri, isHttpUrl } from '../../inputs';
import { isLoopback } from '../../net';

/** The owner of every emulated model. */
export const owner = 'black-forest-labs';

const image = z.string().refine((text) => isHttpUrl(text) || isDataUri(text), 'Does not match format "uri"');
const ratios = [
	'1:1',
	'16:9',
	'9:16',
	'4:3',
	'3:4',
	'3:2',
	'2:3',
	'4:5',
	'5:4',
	'21:9',
	'9:21',
	'2:1',
	'1:2',
];
const common = {
	prompt: z.string(),
	aspect_ratio: z.enum(['match_input_image', ...ratios]).optional(),
	seed: z.number().int().optional(),
};
const official = z
	.object({
		...common,
		input_image: image.optional(),
		output_format: z.enum(['jpg', 'png']).optional(),
		safety_tolerance: z.number().int().min(0).max(6).optional(),
		prompt_upsampling: z.boolean().optional(),
	})
	.strict();
// According to the copies of the schema that gateways keep (D3).
const open = z
	.object({
		...common,
		input_image: image,
		output_format: z.enum(['jpg', 'png', 'webp']).optional(),
		num_inference_steps: z.number().int().min(4).max(50).optional(),
		guidance: z.number().min(0).max(10).optional(),
		go_fast: z.boolean().optional(),
		output_quality: z.number().int().min(0).max(100).optional(),
		disable_safety_checker: z.boolean().optional(),
	})
	.strict();

/** Input schema and default output format of each model. */
export const models = {
	'flux-kontext-pro': { input: official, format: 'png' },
	'flux-kontext-max': { input: official, format: 'png' },
	'flux-kontext-dev': { input: open, format: 'webp' },
} as const;

/** Name of an emulated model, without its owner. */
export type Model = keyof typeof models;

/** Reports whether a model of this name is emulated. */
export const isModel = (name: string): name is Model => Object.hasOwn(models, name);

/** Schema of the moments at which a webhook can be sent. */
export const webhookEvents = z.enum(['start', 'output', 'logs', 'completed']);

/** Schema of a submit body, except for what the input consists of. */
export const envelope = z
	.object({
		input: z.record(z.unknown()),
		// "An HTTPS URL"; plain HTTP to this machine is allowed for tests. The response to any other is
		// INFERRED.
		webhook: z
			.string()
			.refine((url) => isLoopback(url) || /^https:/.test(url), 'must be an HTTPS URL')
			.optional(),
		webhook_events_filter: z.array(webhookEvents).optional(),
		stream: z.boolean().optional(),
	})
	.strict();

/** The webhook fields of a submit body. */
export type WebhookFields = Pick<z.infer<typeof envelope>, 'webhook' | 'webhook_events_filter'>;

/** The input fields that the emulator uses, whatever the model. */
export interface Input {
	prompt: string;
	input_image?: string | undefined;
	aspect_ratio?: string | undefined;
	seed?: number | undefined;
	output_format?: 'jpg' | 'png' | 'webp' | undefined;
	output_quality?: number | undefined;
	safety_tolerance?: number | undefined;
}
