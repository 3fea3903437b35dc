import { z } from 'zod';
import { type CreateClient, download } from './client';

const result = z.object({ image_url: z.string() });
const pending = ['IN_QUEUE', 'IN_PROGRESS'];

/** Creates RunPod's official client. */
export const runpod: CreateClient = ({ baseUrl, apiKey }) => ({
	edit: async (prompt, image) => {
		const { default: createClient } = await import('runpod-sdk');
		const endpoint = createClient(apiKey, { baseUrl }).endpoint('black-forest-labs-flux-1-kontext-dev');
		if (!endpoint) throw new Error('The client returned no endpoint');
		const input = { prompt, image: image.dataUri, size: '1024*768', seed: 7, output_format: 'png' };
		const { id } = await endpoint.run({ input, policy: { executionTimeout: 60_000, ttl: 120_000 } });
		let job = await endpoint.status(id);
		while (pending.includes(job.status)) {
			await new Promise((resolve) => setTimeout(resolve, 50));
			job = await endpoint.status(id);
		}
		if (!('output' in job)) throw new Error(`The job ended with ${JSON.stringify(job)}`);
		return await download(result.parse(job.output).image_url);
	},
});
