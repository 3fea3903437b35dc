import { fail, succeed, type Fault, type Result } from '../base/faults';
import type { JsonObject } from '../base/json';
import { mapOptions } from './options';
import { resolveSize } from './resolveSize';
import { matchesByItself, type Pixels } from './sizes';
import type {
	ImageRequest,
	InputImage,
	ModelSpec,
	Operation,
	OperationSpec,
	PreparedRequest,
	Provider,
	Warning,
} from '../provider';

/** The first model of the catalogue that knows the operation. */
export function defaultModel(provider: Provider, operation: Operation): ModelSpec | null {
	return provider.models.find((model) => model.operations[operation]) ?? null;
}

/**
 * The catalogue's entry for a model id. A model that the catalogue does not know (one published tomorrow) is taken to
 * be like the one that the provider names for it, or else like its default one.
 */
export function operationSpec(
	provider: Provider,
	modelId: string,
	operation: Operation,
): Result<{ spec: OperationSpec; model: ModelSpec | null }> {
	const known = provider.models.find((model) => model.id === modelId) ?? null;
	const spec = (known ?? provider.specForUnknownModel?.(modelId) ?? defaultModel(provider, operation))
		?.operations[operation];
	if (spec) return succeed({ spec, model: known });
	const able = provider.models.filter((model) => model.operations[operation]).map((model) => model.id);
	return fail(
		'invalidRequest',
		able.length > 0
			? `'Model' ${modelId} cannot ${operation} images; models of ${provider.displayName} that can: ${able.join(', ')}`
			: `${provider.displayName} cannot ${operation} images: its models only ${operation === 'generate' ? 'edit' : 'generate'}`,
	);
}

function complain(message: string): { ok: false; fault: Fault } {
	return fail('invalidRequest', message);
}

/** A request that was checked as far as it can be without its input images. */
export interface Plan {
	request: ImageRequest;
	spec: OperationSpec;
	fields: JsonObject;
	warnings: Warning[];
	/** How many images each job makes; each job is a charge of its own. */
	batches: readonly number[];
	/** USD, from the catalogue; `null` where no price is known. */
	estimatedCost: number | null;
}

/** Checks a request against its model; nothing is read or sent. `imageCount` input images will follow. */
export function plan(provider: Provider, request: ImageRequest, imageCount: number): Result<Plan> {
	const { operation, model, prompt, options } = request;
	if (prompt.trim() === '') return complain("'Prompt' is empty; say what the image should show");
	const found = operationSpec(provider, model, operation);
	if (!found.ok) return found;
	const { spec } = found.value;
	const { maxPromptCharacters: longest = Infinity } = spec;
	if (prompt.length > longest)
		return complain(`'Prompt' has ${prompt.length} characters, but ${model} takes at most ${longest}`);
	const { min, max } = spec.inputImages;
	if (imageCount < min)
		return complain(`'Input Images' holds no image, but ${model} needs ${min} to ${operation}`);
	if (imageCount > max) {
		const most = max === 0 ? `none to ${operation}` : `at most ${max}`;
		return complain(`'Input Images' holds ${imageCount} images, but ${model} takes ${most}`);
	}
	const mapped = mapOptions(options, spec.options, model);
	if (!mapped.ok) return mapped;
	const images = options.numberOfImages ?? 1;
	const price = found.value.model?.price?.usdPerImage ?? null;
	return succeed({
		request,
		spec,
		...mapped.value,
		batches: batchesOf(images, spec),
		estimatedCost: price === null ? null : price * images,
	});
}

function megabytes(bytes: number): string {
	return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function checkImage(
	image: InputImage,
	position: number,
	{ inputImages }: OperationSpec,
	model: string,
): Result<null> {
	if (image.kind === 'url') return succeed(null);
	const { maxBytes, mimeTypes } = inputImages;
	const name = `'Input Images' entry ${position} (${image.fileName})`;
	if (inputImages.bytes === false) {
		return complain(
			`${name} is a file, but ${model} takes URLs only: put the image on the web and choose 'URL' as its source`,
		);
	}
	if (image.bytes.length > maxBytes) {
		return complain(
			`${name} has ${megabytes(image.bytes.length)}, but ${model} takes at most ${megabytes(maxBytes)}`,
		);
	}
	return mimeTypes.includes(image.mimeType)
		? succeed(null)
		: complain(`${name} is ${image.mimeType}, but ${model} takes ${mimeTypes.join(', ')}`);
}

/** How many images each job makes: as many as the model can at a time, which is one where it has no option for it. */
function batchesOf(images: number, { options: { numberOfImages: native } }: OperationSpec): number[] {
	const most = native ? (native.max ?? images) : 1;
	return Array.from({ length: Math.ceil(images / most) }, (_, index) =>
		Math.min(most, images - index * most),
	);
}

/**
 * The jobs for several images. With one seed all jobs would make the same pictures, so each takes the seed behind those
 * of the job before it.
 */
function spread(request: PreparedRequest, { batches, spec, request: { options } }: Plan): PreparedRequest[] {
	const { seed: seedSpec, numberOfImages: native } = spec.options;
	const seed = seedSpec && request.fields[seedSpec.field];
	let made = 0;
	return batches.map((images) => {
		const fields = {
			...request.fields,
			...(seedSpec && typeof seed === 'number' && { [seedSpec.field]: seed + made }),
			...(native && options.numberOfImages !== undefined && { [native.field]: images }),
		};
		made += images;
		return { ...request, fields };
	});
}

export interface Prepared {
	/** Each one is a job, and a charge, of its own. */
	requests: PreparedRequest[];
	warnings: Warning[];
}

/** Whether the size of the first input image decides what is sent. */
export function needsInputSize({ request, spec }: Plan): boolean {
	return (
		request.operation === 'edit' &&
		request.sizing.kind === 'auto' &&
		!matchesByItself(spec.size, request.resolution)
	);
}

function sizeOf(image: InputImage | undefined): Pixels | null {
	if (!image) return null;
	return image.kind === 'url' ? image.size : { width: image.width, height: image.height };
}

/** Completes a plan with its input images. */
export function prepare(planned: Plan, images: readonly InputImage[]): Result<Prepared> {
	const { request, spec, fields } = planned;
	const { operation, model, prompt, sizing, resolution, additionalFields } = request;
	for (const [index, image] of images.entries()) {
		const checked = checkImage(image, index + 1, spec, model);
		if (!checked.ok) return checked;
	}
	const input = operation === 'edit' ? sizeOf(images[0]) : null;
	const { size, warnings } = resolveSize(spec.size, { sizing, resolution, input });
	if (needsInputSize(planned) && input === null) {
		const message = "The size of the input image could not be read, so the model's own default is used.";
		warnings.push({ option: 'sizing', type: 'ignored', message });
	}
	return succeed({
		requests: spread({ operation, model, prompt, images, size, fields, additionalFields }, planned),
		warnings: [...planned.warnings, ...warnings],
	});
}
