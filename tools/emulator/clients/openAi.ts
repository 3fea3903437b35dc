import OpenAI, { toFile } from 'openai';
import type { ImagesResponse } from 'openai/resources/images';
import { type CreateClient, download, type InputImage } from './client';

const fileOf = async ({ bytes, mimeType }: InputImage) =>
	await toFile(bytes, 'landscape.png', { type: mimeType });

async function imageOf({ data: [first] = [] }: ImagesResponse): Promise<Uint8Array> {
	return first?.b64_json === undefined
		? await download(first?.url ?? '')
		: Buffer.from(first.b64_json, 'base64');
}

/** Returns a function that creates OpenAI's official client for the API at this path below the base URL. */
export const openAi =
	(path: string, model: string): CreateClient =>
	({ baseUrl, apiKey }) => {
		const { images } = new OpenAI({ apiKey, baseURL: `${baseUrl}${path}` });
		const common = (prompt: string) => ({ model, prompt, n: 1 });

		return {
			generate: async (prompt) =>
				await imageOf(
					await images.generate({
						...common(prompt),
						size: '1024x1024',
						response_format: 'b64_json',
					}),
				),
			edit: async (prompt, image) =>
				await imageOf(
					await images.edit({
						...common(prompt),
						image: await fileOf(image),
						response_format: 'url',
					}),
				),
			editOfTwo: async (prompt, image) => {
				const files = await Promise.all([fileOf(image), fileOf(image)]);
				return await imageOf(
					await images.edit({ ...common(prompt), image: files, response_format: 'b64_json' }),
				);
			},
		};
	};
