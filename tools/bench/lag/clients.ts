import { createFalClient } from '@fal-ai/client';
import Replicate from 'replicate';

import { download } from '../../emulator/clients/client';
import type { Lane } from '../processes/lanes';

const queue = 'https://queue.fal.run/';

/** With the interval that the client has by itself. */
export async function falSubscribe({ providers }: Lane): Promise<void> {
	const { baseUrl, apiKey } = providers.fal;
	const client = createFalClient({
		credentials: apiKey,
		// The client has no base URL; it builds every address itself.
		requestMiddleware: async (request) =>
			await Promise.resolve({ ...request, url: request.url.replace(queue, `${baseUrl}/`) }),
	});
	const { data } = await client.subscribe('fal-ai/flux-pro/kontext/text-to-image', {
		input: { prompt: 'a valley' },
	});
	await download(data.images[0]?.url ?? '');
}

/**
 * `block` is what the client does by itself: `Prefer: wait`. It takes a job that is still at work after that minute for
 * done, and then there is no image to fetch.
 */
export async function replicateRun({ providers }: Lane, mode: 'block' | 'poll'): Promise<void> {
	const { baseUrl, apiKey } = providers.replicate;
	const client = new Replicate({ auth: apiKey, baseUrl });
	// An address, or a list of them.
	const output: unknown = await client.run('black-forest-labs/flux-kontext-pro', {
		input: { prompt: 'a valley' },
		wait: { mode },
	});
	const [url] = [output].flat();
	if (typeof url === 'string') await download(url);
}
