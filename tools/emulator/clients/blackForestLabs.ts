import { createBlackForestLabs } from '@ai-sdk/black-forest-labs';
import type { CreateClient, InputImage } from './client';

const fileOf = ({ bytes, mimeType }: InputImage) => ({
	type: 'file' as const,
	data: new Uint8Array(bytes),
	mediaType: mimeType,
});

/** Creates the AI SDK's client for Black Forest Labs. */
export const blackForestLabs: CreateClient = ({ baseUrl, apiKey }) => {
	const provider = createBlackForestLabs({
		apiKey,
		baseURL: `${baseUrl}/v1`,
		pollIntervalMillis: 50,
		// This version sends the key to the image's host too; later versions do not.
		fetch: async (input, init) => {
			const headers = new Headers(init?.headers);
			const url = input instanceof Request ? input.url : input.toString();
			if (!url.startsWith(`${baseUrl}/`)) headers.delete('x-key');
			return await fetch(input, { ...init, headers });
		},
	});
	const common = { n: 1, size: undefined, seed: 7, mask: undefined };
	const providerOptions = {
		blackForestLabs: { outputFormat: 'jpeg', safetyTolerance: 2, promptUpsampling: false },
	};

	const createImage = async (
		model: 'flux-kontext-pro' | 'flux-kontext-max',
		prompt: string,
		images: InputImage[],
		aspectRatio?: `${number}:${number}`,
	): Promise<Uint8Array> => {
		const files = images.length > 0 ? images.map(fileOf) : undefined;
		const result = await provider
			.image(model)
			.doGenerate({ ...common, prompt, files, aspectRatio, providerOptions });
		const [image = ''] = result.images;
		return typeof image === 'string' ? Buffer.from(image, 'base64') : image;
	};
	return {
		generate: async (prompt) => await createImage('flux-kontext-pro', prompt, [], '16:9'),
		edit: async (prompt, image) => await createImage('flux-kontext-max', prompt, [image]),
		editOfTwo: async (prompt, image) => await createImage('flux-kontext-pro', prompt, [image, image]),
	};
};
