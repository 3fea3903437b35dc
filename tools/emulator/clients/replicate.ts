import Replicate from 'replicate';
import { z } from 'zod';
import { type CreateClient, download } from './client';

// The client leaves a URL that is not https as it is, and turns any other into a stream of the file.
const output = z.string().or(
	z
		.array(z.string())
		.nonempty()
		.transform(([url]) => url),
);

/** Creates Replicate's official client. */
export const replicate: CreateClient = ({ baseUrl, apiKey }) => {
	const client = new Replicate({ auth: apiKey, baseUrl });
	const imageOf = async (result: object): Promise<Uint8Array> => await download(output.parse(result));

	return {
		generate: async (prompt) => {
			const input = { prompt, aspect_ratio: '16:9', output_format: 'jpg', safety_tolerance: 2 };
			return await imageOf(await client.run('black-forest-labs/flux-kontext-pro', { input }));
		},
		// As a data URI: this version's own `data-uri` upload strategy sends the client object as the input.
		edit: async (prompt, { dataUri }) => {
			const input = { prompt, input_image: dataUri, aspect_ratio: 'match_input_image' };
			const wait = { mode: 'poll', interval: 50 } as const;
			return await imageOf(await client.run('black-forest-labs/flux-kontext-max', { input, wait }));
		},
	};
};
