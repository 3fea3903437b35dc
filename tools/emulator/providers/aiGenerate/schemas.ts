import { z } from 'zod';
import { isHttpUrl } from '../../inputs';

const kontextRatios = ['21:9', '16:9', '4:3', '1:1', '3:4', '9:16'] as const;
const imageUrl = z.string().refine(isHttpUrl, 'must be the URL of an image');

/** Schema of a submit to one of the Kontext models. */
export const kontextSchema = z
	.object({
		prompt: z.string().min(1),
		model: z.enum(['flux-kontext-pro', 'flux-kontext-max']).optional(),
		inputImage: imageUrl.optional(),
		aspectRatio: z.enum(kontextRatios).optional(),
		outputFormat: z.enum(['jpeg', 'png']).optional(),
		enableTranslation: z.boolean().optional(),
		promptUpsampling: z.boolean().optional(),
		safetyTolerance: z.number().int().min(0).max(6).optional(),
		watermark: z.string().optional(),
		uploadCn: z.boolean().optional(),
		callBackUrl: z.string().url().optional(),
	})
	.strict()
	.superRefine(({ inputImage, safetyTolerance = 2 }, context) => {
		if (inputImage !== undefined && safetyTolerance > 2)
			context.addIssue({
				code: 'custom',
				path: ['safetyTolerance'],
				message: 'must be 0 to 2 with an input image',
			});
	});

/** Schema of a submit to a model that is named by a slug. */
export const taskSchema = z
	.object({
		model: z.string().regex(/^[a-z0-9-]+$/, 'is not a slug'),
		callBackUrl: z.string().url().optional(),
		input: z
			.object({
				prompt: z.string().min(1),
				input_urls: z.array(imageUrl).min(1).max(8).optional(),
				aspect_ratio: z.enum([...kontextRatios, '3:2', '2:3', 'auto']).optional(),
				resolution: z.enum(['1K', '2K']).optional(),
			})
			.strict(),
	})
	.strict();
