import {
	plan,
	prepare,
	inspectImage,
	type ImageRequest,
	type InputImage,
	type Plan,
	type PreparedRequest,
	type Result,
	type Warning,
} from '../../index';
import { fail, succeed } from '../../nodes/FluxKontext/core/base/faults';
import { operationSpec } from '../../nodes/FluxKontext/core/request/prepare';
import type { OperationSpec } from '../../nodes/FluxKontext/core/provider';
import { drawPicture } from '../demo/pictures';
import type { Order } from './order';

const prompts = {
	generate: 'A wooded valley at dawn, soft light, film photograph',
	edit: 'Make it a clear night with a full moon',
};

/** The one job of an examination. */
export interface Job {
	plan: Plan;
	request: PreparedRequest;
	/** What is edited. */
	input: InputImage | null;
	warnings: readonly Warning[];
}

/** What can be told from the answer whether it was followed: a seed, a format, a shape that is no default of anybody's. */
function imageRequest({ operation, model, prompt }: Order, { options }: OperationSpec): ImageRequest {
	return {
		operation,
		model,
		prompt: prompt ?? prompts[operation],
		sizing: operation === 'edit' ? { kind: 'auto' } : { kind: 'aspectRatio', ratio: { w: 3, h: 2 } },
		resolution: 'auto',
		options: {
			...(options.seed && { seed: 42 }),
			...(options.outputFormat?.values?.['png'] !== undefined && { outputFormat: 'png' }),
		},
		additionalFields: {},
	};
}

async function drawnImage(): Promise<InputImage> {
	const drawn = new Uint8Array((await drawPicture()).bytes);
	const { mimeType = '', width = 0, height = 0 } = inspectImage(drawn) ?? {};
	return {
		kind: 'bytes',
		bytes: drawn,
		base64: () => Buffer.from(drawn).toString('base64'),
		mimeType,
		fileName: 'drawn.png',
		width,
		height,
	};
}

async function inputImage(
	{ operation, imageUrl, provider }: Order,
	{ inputImages }: OperationSpec,
): Promise<Result<InputImage | null>> {
	const { displayName } = provider;
	if (operation === 'generate')
		return imageUrl === null
			? succeed(null)
			: fail('invalidRequest', '--image-url is for an edit: add --operation edit');
	if (imageUrl !== null) {
		return inputImages.urls
			? succeed({ kind: 'url', url: imageUrl, size: null })
			: fail('invalidRequest', `${displayName} fetches no URLs: leave --image-url away`);
	}
	return inputImages.bytes === false
		? fail('invalidRequest', `${displayName} takes input images as URLs only: name one with --image-url`)
		: succeed(await drawnImage());
}

/** Fits the order to its model, as the node does with an item. */
export async function prepareJob(order: Order): Promise<Result<Job>> {
	const { provider, model, operation, baseUrl } = order;
	const found = operationSpec(provider, model, operation);
	if (!found.ok) return found;
	const image = await inputImage(order, found.value.spec);
	if (!image.ok) return image;
	const images = image.value ? [image.value] : [];
	const planned = plan(provider, imageRequest(order, found.value.spec), images.length);
	if (!planned.ok) return planned;
	const prepared = prepare(planned.value, images);
	if (!prepared.ok) return prepared;
	const {
		requests: [request],
		warnings,
	} = prepared.value;
	if (!request) return fail('failed', 'There is no job to run');
	const sendable = provider.buildSubmit(request, { baseUrl, now: Date.now() });
	return sendable.ok ? succeed({ plan: planned.value, request, input: image.value, warnings }) : sendable;
}
