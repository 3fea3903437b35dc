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
import { drawPicture } from '../demo/pictures';
import type { DoctorOptions } from './options';
import { operationSpec } from '../../nodes/FluxKontext/core/request/plan';
import type { OperationSpec } from '../../nodes/FluxKontext/core/request/model';

const defaultPrompts = {
	generate: 'A wooded valley at dawn, soft light, film photograph',
	edit: 'Make it a clear night with a full moon',
};

/** The single job of a run, ready to be submitted. */
export interface DoctorJob {
	plan: Plan;
	request: PreparedRequest;
	/** Input image of an edit. */
	input: InputImage | null;
	warnings: readonly Warning[];
}

/** Sent wherever the model takes a seed, so that the reported one can be compared. */
const SEED = 42;

/**
 * Creates a request whose effect can be checked in the response: a seed, an output format, and a shape that
 * is the default of no provider.
 */
function imageRequest({ operation, model, prompt }: DoctorOptions, { options }: OperationSpec): ImageRequest {
	return {
		operation,
		model,
		prompt: prompt ?? defaultPrompts[operation],
		sizing: operation === 'edit' ? { kind: 'auto' } : { kind: 'aspectRatio', ratio: { w: 3, h: 2 } },
		resolution: 'auto',
		options: {
			...(options.seed && { seed: SEED }),
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
	{ operation, imageUrl, provider }: DoctorOptions,
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
			: fail('invalidRequest', `${displayName} fetches no URLs: leave out --image-url`);
	}
	return inputImages.bytes === false
		? fail('invalidRequest', `${displayName} takes input images as URLs only: name one with --image-url`)
		: succeed(await drawnImage());
}

/** Plans and prepares the job for its model, as the node does with an item. Sends nothing; never rejects. */
export async function prepareJob(options: DoctorOptions): Promise<Result<DoctorJob>> {
	const { provider, model, operation, baseUrl } = options;
	const found = operationSpec(provider, model, operation);
	if (!found.ok) return found;
	const image = await inputImage(options, found.value.spec);
	if (!image.ok) return image;
	const images = image.value ? [image.value] : [];
	const planned = plan(provider, imageRequest(options, found.value.spec), images.length);
	if (!planned.ok) return planned;
	const prepared = prepare(planned.value, images);
	if (!prepared.ok) return prepared;
	const {
		requests: [request],
		warnings,
	} = prepared.value;
	if (!request) return fail('failed', 'The plan has no job');
	const sendable = provider.submit.build(request, { baseUrl, now: Date.now() });
	return sendable.ok ? succeed({ plan: planned.value, request, input: image.value, warnings }) : sendable;
}
