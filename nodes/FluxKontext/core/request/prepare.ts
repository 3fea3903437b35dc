import { fail, succeed, type Result } from '../base/faults';
import type { InputImage, PreparedRequest, Warning } from './imageRequest';
import type { OperationSpec } from './model';
import type { Plan } from './plan';
import type { Pixels } from './ratios';
import { resolveSize } from './resolveSize';
import { matchesInput } from './sizes';

/** Requests of an item, ready to be submitted. */
export interface Prepared {
	/** One per job. Each is charged separately. */
	requests: PreparedRequest[];
	warnings: Warning[];
}

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;

/** Says what is wrong with an input image; `null` where nothing is. */
function imageComplaint(
	image: InputImage,
	{ maxBytes, mimeTypes, bytes }: OperationSpec['inputImages'],
	model: string,
): string | null {
	if (image.kind === 'url') return null;
	if (bytes === false)
		return (
			`is a file, but ${model} takes URLs only: ` +
			"put the image on the web and choose 'URL' as its source"
		);
	if (image.bytes.length > maxBytes)
		return `has ${megabytes(image.bytes.length)}, but ${model} takes at most ${megabytes(maxBytes)}`;
	return mimeTypes.includes(image.mimeType)
		? null
		: `is ${image.mimeType}, but ${model} takes ${mimeTypes.join(', ')}`;
}

function checkImages(images: readonly InputImage[], { spec, request: { model } }: Plan): Result<null> {
	for (const [index, image] of images.entries()) {
		const wrong = imageComplaint(image, spec.inputImages, model);
		if (wrong === null) continue;
		const name = image.kind === 'bytes' ? ` (${image.fileName})` : '';
		return fail('invalidRequest', `'Input Images' entry ${index + 1}${name} ${wrong}`);
	}
	return succeed(null);
}

/**
 * Creates the request of each job. With one seed all jobs would make the same images, so the seeds of a job
 * continue those of the job before it.
 */
function splitIntoJobs(
	request: PreparedRequest,
	{ batches, spec, request: { options } }: Plan,
): PreparedRequest[] {
	const { seed: seedSpec, numberOfImages: countSpec } = spec.options;
	const seed = seedSpec && request.fields[seedSpec.field];
	let offset = 0;
	return batches.map((images) => {
		const fields = {
			...request.fields,
			...(seedSpec && typeof seed === 'number' && { [seedSpec.field]: seed + offset }),
			...(countSpec && options.numberOfImages !== undefined && { [countSpec.field]: images }),
		};
		offset += images;
		return { ...request, fields };
	});
}

/** Tells whether the size of the first input image decides which size is requested. */
export function needsInputSize({ request, spec }: Plan): boolean {
	return (
		request.operation === 'edit' &&
		request.sizing.kind === 'auto' &&
		!matchesInput(spec.size, request.resolution)
	);
}

function sizeOf(image: InputImage | undefined): Pixels | null {
	if (!image) return null;
	return image.kind === 'url' ? image.size : { width: image.width, height: image.height };
}

/** Completes a plan with its input images, which are checked against the model. Nothing is sent. */
export function prepare(plan: Plan, images: readonly InputImage[]): Result<Prepared> {
	const { request, spec, fields } = plan;
	const { operation, model, prompt, sizing, resolution, additionalFields } = request;
	const checked = checkImages(images, plan);
	if (!checked.ok) return checked;
	const input = operation === 'edit' ? sizeOf(images[0]) : null;
	const { size, warnings } = resolveSize(spec.size, { sizing, resolution, input });
	if (needsInputSize(plan) && input === null) {
		const message = "The size of the input image could not be read, so the model's own default is used.";
		warnings.push({ option: 'sizing', type: 'ignored', message });
	}
	return succeed({
		requests: splitIntoJobs({ operation, model, prompt, images, size, fields, additionalFields }, plan),
		warnings: [...plan.warnings, ...warnings],
	});
}
