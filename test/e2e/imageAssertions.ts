import axios from 'axios';
import type { INodeExecutionData } from 'n8n-workflow';
import sharp from 'sharp';

import type { Operation } from '../../nodes/FluxKontext/core/request/model';
import type { Execution } from '../../tools/n8n-host/executions';
import type { N8nFixture } from './n8nFixture';

/** Returns the node's parameters for an image whose prompt is in the body of the webhook's request. */
export const imageParameters = (provider: string, operation: Operation) => ({
	provider,
	resource: 'image',
	operation,
	prompt: '={{ $json.body.prompt }}',
});

/** Returns the items of the node's outputs: the regular output and, where it has one, the error output. */
export function outputsOf(execution: Execution): INodeExecutionData[][] {
	const main = execution.data.resultData.runData['Flux Kontext']?.at(-1)?.data?.['main'] ?? [];
	return main.map((items) => items ?? []);
}

/**
 * Reads an item's image from n8n's binary store. Asserts that it is identical to the provider's file, and
 * that its size and type are those in the item's JSON.
 */
export async function storedImage(
	{ n8n }: Pick<N8nFixture, 'n8n'>,
	item: INodeExecutionData | undefined,
): Promise<Buffer> {
	const { image } = item?.json as {
		image: { url: string | null; width: number; height: number; mimeType: string };
	};
	const stored = await n8n.binary(item?.binary?.['data']?.id ?? '');
	if (image.url !== null) {
		const { data } = await axios.get<ArrayBuffer>(image.url, {
			responseType: 'arraybuffer',
			proxy: false,
		});
		expect(stored.equals(Buffer.from(data))).toBe(true);
	}
	const { width, height, format } = await sharp(stored).metadata();
	expect({ width, height, mimeType: `image/${format}` }).toEqual({
		width: image.width,
		height: image.height,
		mimeType: image.mimeType,
	});
	return stored;
}

/**
 * Reads the image of a workflow's latest execution, and asserts that its webhook answered with the same
 * bytes.
 */
export async function expectAnswered(fixture: N8nFixture, name: string, answer: unknown): Promise<Buffer> {
	const [item] = outputsOf(await fixture.execution(name))[0] ?? [];
	const stored = await storedImage(fixture, item);
	expect(Buffer.isBuffer(answer) && answer.equals(stored)).toBe(true);
	return stored;
}
