import Together from 'together-ai';
import { type CreateClient, download } from './client';

/** Creates Together AI's official client. */
export const together: CreateClient = ({ baseUrl, apiKey }) => {
	const { images } = new Together({ apiKey, baseURL: baseUrl });

	return {
		generate: async (prompt) => {
			const model = 'black-forest-labs/FLUX.1-kontext-pro';
			const { data } = await images.generate({
				model,
				prompt,
				width: 1024,
				height: 768,
				response_format: 'base64',
			});
			return Buffer.from(data[0]?.b64_json ?? '', 'base64');
		},
		edit: async (prompt, { url }) => {
			const model = 'black-forest-labs/FLUX.1-kontext-max';
			const { data } = await images.generate({
				model,
				prompt,
				image_url: url,
				response_format: 'url',
				output_format: 'png',
			});
			return await download(data[0]?.url ?? '');
		},
	};
};
