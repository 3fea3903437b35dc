import OpenAI, { toFile } from 'openai';
import type { ImagesResponse } from 'openai/resources/images';
import { type ClientOf, download, type InputImage } from './client';

const fileOf = async ({ bytes, mimeType }: InputImage) =>
	await toFile(bytes, 'landscape.png', { type: mimeType });

async function imageOf({ data: [first] = [] }: ImagesResponse): Promise<Uint8Array> {
	return first?.b64_json === undefined
		? await download(first?.url ?? '')
		: Buffer.from(first.b64_json, 'base64');
}

/** For any API of OpenAI's shape: where it is below the base URL, and its model. */
export const openAi =
	(path: string, model: string): ClientOf =>
	({ baseUrl, apiKey }) => {
		const { images } = new OpenAI({ apiKey, baseURL: `${baseUrl}${path}` });
		const order = (prompt: string) => ({ model, prompt, n: 1 });

		return {
			generate: async (prompt) =>
				await imageOf(
					await images.generate({
						...order(prompt),
						size: '1024x1024',
						response_format: 'b64_json',
					}),
				),
			edit: async (prompt, image) =>
				await imageOf(
					await images.edit({
						...order(prompt),
						image: await fileOf(image),
						response_format: 'url',
					}),
				),
			editOfTwo: async (prompt, image) => {
				const both = await Promise.all([fileOf(image), fileOf(image)]);
				return await imageOf(
					await images.edit({ ...order(prompt), image: both, response_format: 'b64_json' }),
				);
			},
		};
	};
