import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { setTimeout as sleep } from 'node:timers/promises';

import { mapLimited } from '../support/mapLimited';
import type { NodeTask } from './nodes';

const POLL_MS = 500;

/**
 * Generates images at Black Forest Labs the way most nodes do: polls twice a second, downloads each image
 * into a buffer and passes the buffer to n8n.
 */
export async function bufferImages(
	context: IExecuteFunctions,
	{ connections, concurrency }: NodeTask,
): Promise<INodeExecutionData[]> {
	const { baseUrl, apiKey } = connections.blackForestLabs;
	const headers = { 'x-key': apiKey };
	const { helpers } = context;
	return await mapLimited(concurrency, context.getInputData(), async ({ json }) => {
		const body = { prompt: json['prompt'] };
		const { polling_url: url } = (await helpers.httpRequest({
			method: 'POST',
			url: `${baseUrl}/v1/flux-kontext-pro`,
			headers,
			body,
		})) as { polling_url: string };
		for (;;) {
			await sleep(POLL_MS);
			const { status, result } = (await helpers.httpRequest({ url, headers })) as {
				status: string;
				result: { sample: string };
			};
			if (status !== 'Ready') continue;
			const bytes = (await helpers.httpRequest({
				url: result.sample,
				encoding: 'arraybuffer',
			})) as Buffer;
			return {
				json: {},
				binary: { data: await helpers.prepareBinaryData(Buffer.from(bytes), 'image.png') },
			};
		}
	});
}
