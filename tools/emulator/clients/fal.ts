import { createFalClient } from '@fal-ai/client';
import { type CreateClient, download } from './client';

const queueUrl = 'https://queue.fal.run/';

/** Creates fal's official client. */
export const fal: CreateClient = ({ baseUrl, apiKey }) => {
	const client = createFalClient({
		credentials: apiKey,
		// The client has no base URL option; it builds every URL itself.
		requestMiddleware: async (request) => {
			if (!request.url.startsWith(queueUrl))
				throw new Error(`The client requests an unexpected URL (${request.url})`);
			return await Promise.resolve({
				...request,
				url: `${baseUrl}/${request.url.slice(queueUrl.length)}`,
			});
		},
	});
	const polling = { mode: 'polling', pollInterval: 50 } as const;
	const firstImage = async ({ data }: { data: { images: Array<{ url: string }> } }) =>
		await download(data.images[0]?.url ?? '');

	return {
		generate: async (prompt) => {
			const input = {
				prompt,
				aspect_ratio: '3:2',
				output_format: 'png',
				num_images: 1,
				safety_tolerance: '2',
			} as const;
			return await firstImage(
				await client.subscribe('fal-ai/flux-pro/kontext/text-to-image', { input, ...polling }),
			);
		},
		edit: async (prompt, { dataUri }) => {
			const input = { prompt, image_url: dataUri, seed: 7 };
			return await firstImage(
				await client.subscribe('fal-ai/flux-kontext/dev', { input, ...polling, logs: true }),
			);
		},
		editOfTwo: async (prompt, { url, dataUri }) => {
			const input = { prompt, image_urls: [url, dataUri] };
			return await firstImage(
				await client.subscribe('fal-ai/flux-pro/kontext/multi', { input, ...polling }),
			);
		},
	};
};
