import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { setTimeout as sleep } from 'node:timers/promises';

import { atMost } from '../support/atMost';
import type { NodeOrder } from './nodes';

const POLL_MS = 500;

/** What most nodes do: ask twice a second, take the image into a buffer, hand the buffer to n8n. At Black Forest Labs. */
export async function bufferImages(
	context: IExecuteFunctions,
	{ accounts, concurrency }: NodeOrder,
): Promise<INodeExecutionData[]> {
	const { baseUrl, apiKey } = accounts.blackForestLabs;
	const headers = { 'x-key': apiKey };
	const { helpers } = context;
	return await atMost(concurrency, context.getInputData(), async ({ json }) => {
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
