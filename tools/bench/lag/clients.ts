import { createFalClient } from '@fal-ai/client';
import Replicate from 'replicate';

import { download } from '../../emulator/clients/client';
import type { BenchEmulator } from '../processes/benchEmulators';

const FAL_QUEUE = 'https://queue.fal.run/';

/** Generates an image with fal's official client, at its default poll interval. */
export async function falSubscribe({ providers }: BenchEmulator): Promise<void> {
	const { baseUrl, apiKey } = providers.fal;
	const client = createFalClient({
		credentials: apiKey,
		// The client has no option for the base URL.
		requestMiddleware: async (request) =>
			await Promise.resolve({ ...request, url: request.url.replace(FAL_QUEUE, `${baseUrl}/`) }),
	});
	const { data } = await client.subscribe('fal-ai/flux-pro/kontext/text-to-image', {
		input: { prompt: 'a valley' },
	});
	await download(data.images[0]?.url ?? '');
}

/**
 * Generates an image with Replicate's official client. Its default mode is `block`: it sends `Prefer: wait`,
 * and treats a job that is still running after that minute as finished. Then there is no image to download.
 */
export async function replicateRun({ providers }: BenchEmulator, mode: 'block' | 'poll'): Promise<void> {
	const { baseUrl, apiKey } = providers.replicate;
	const client = new Replicate({ auth: apiKey, baseUrl });
	// A URL, or a list of URLs.
	const output: unknown = await client.run('black-forest-labs/flux-kontext-pro', {
		input: { prompt: 'a valley' },
		wait: { mode },
	});
	const [url] = [output].flat();
	if (typeof url === 'string') await download(url);
}
