import { z } from 'zod';
import { type ClientOf, download } from './client';

const result = z.object({ image_url: z.string() });
const pending = ['IN_QUEUE', 'IN_PROGRESS'];

export const runpod: ClientOf = ({ baseUrl, apiKey }) => ({
	edit: async (prompt, image) => {
		const { default: createClient } = await import('runpod-sdk');
		const endpoint = createClient(apiKey, { baseUrl }).endpoint('black-forest-labs-flux-1-kontext-dev');
		if (!endpoint) throw new Error('The client gave no endpoint');
		const input = { prompt, image: image.dataUri, size: '1024*768', seed: 7, output_format: 'png' };
		const { id } = await endpoint.run({ input, policy: { executionTimeout: 60_000, ttl: 120_000 } });
		let answer = await endpoint.status(id);
		while (pending.includes(answer.status)) {
			await new Promise((resolve) => setTimeout(resolve, 50));
			answer = await endpoint.status(id);
		}
		if (!('output' in answer)) throw new Error(`The job ended with ${JSON.stringify(answer)}`);
		return await download(result.parse(answer.output).image_url);
	},
});
