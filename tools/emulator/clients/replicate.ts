import Replicate from 'replicate';
import { z } from 'zod';
import { type ClientOf, download } from './client';

// An address that is not https stays an address; any other becomes a stream of the file.
const output = z.string().or(
	z
		.array(z.string())
		.nonempty()
		.transform(([url]) => url),
);

export const replicate: ClientOf = ({ baseUrl, apiKey }) => {
	const client = new Replicate({ auth: apiKey, baseUrl });
	const imageOf = async (answer: object): Promise<Uint8Array> => await download(output.parse(answer));

	return {
		generate: async (prompt) => {
			const input = { prompt, aspect_ratio: '16:9', output_format: 'jpg', safety_tolerance: 2 };
			return await imageOf(await client.run('black-forest-labs/flux-kontext-pro', { input }));
		},
		// As a text: this version's own `data-uri` way to send a file sends the client itself as the input.
		edit: async (prompt, { dataUri }) => {
			const input = { prompt, input_image: dataUri, aspect_ratio: 'match_input_image' };
			const wait = { mode: 'poll', interval: 50 } as const;
			return await imageOf(await client.run('black-forest-labs/flux-kontext-max', { input, wait }));
		},
	};
};
