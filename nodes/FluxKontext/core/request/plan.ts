import { fail, succeed, type Failed, type Result } from '../base/faults';
import { show, type JsonObject } from '../base/json';
import { wellFormed } from '../base/text';
import type { Provider } from '../provider';
import type { ImageRequest, Warning } from './imageRequest';
import { mapOptions } from './mapOptions';
import type { ModelSpec, Operation, OperationSpec, Price } from './model';

/** Returns the first model of the catalogue that knows the operation; `null` where none does. */
export function defaultModel(provider: Provider, operation: Operation): ModelSpec | null {
	return provider.models.find((model) => model.operations[operation]) ?? null;
}

/** What a model takes for an operation. */
export interface FoundSpec {
	spec: OperationSpec;
	/** Catalogue entry that the model is treated like: its own where it has one. */
	entry: ModelSpec;
	/** Whether the catalogue lists the model. A price holds for listed models only. */
	isListed: boolean;
}

function cannot(provider: Provider, modelId: string, operation: Operation): Failed {
	const { displayName, models } = provider;
	const able = models.filter((model) => model.operations[operation]).map((model) => model.id);
	if (able.length > 0)
		return fail(
			'invalidRequest',
			`'Model' ${modelId} cannot ${operation} images; ` +
				`models of ${displayName} that can: ${able.join(', ')}`,
		);
	const other = operation === 'generate' ? 'edit' : 'generate';
	return fail('invalidRequest', `${displayName} cannot ${operation} images: its models only ${other}`);
}

/**
 * Finds what a model takes for an operation. A model that the catalogue does not list (one published
 * tomorrow) is treated like the entry that the provider names for it, or else like the default model.
 */
export function operationSpec(provider: Provider, modelId: string, operation: Operation): Result<FoundSpec> {
	const listed = provider.models.find((model) => model.id === modelId) ?? null;
	const entry = listed ?? provider.specForUnknownModel?.(modelId) ?? defaultModel(provider, operation);
	const spec = entry?.operations[operation];
	return entry && spec
		? succeed({ spec, entry, isListed: listed !== null })
		: cannot(provider, modelId, operation);
}

/** Request that was checked as far as it can be without its input images. */
export interface Plan {
	request: ImageRequest;
	spec: OperationSpec;
	/** Options under the model's own names. */
	fields: JsonObject;
	warnings: Warning[];
	/** Number of images of each job. Each job is charged separately. */
	batches: readonly number[];
	/** Price of the model by the catalogue; `null` where none is known. */
	price: Price | null;
	/** USD of all jobs by that price; `null` where none is known. */
	estimatedCost: number | null;
}

/**
 * Distributes images over jobs: as many as the model makes at a time, which is one where it has no option for
 * it.
 */
function batchesOf(images: number, { options: { numberOfImages } }: OperationSpec): number[] {
	const most = numberOfImages ? (numberOfImages.max ?? images) : 1;
	return Array.from({ length: Math.ceil(images / most) }, (_, index) =>
		Math.min(most, images - index * most),
	);
}

/** Characters of a model's id, more than any has. */
const MAX_MODEL_CHARACTERS = 300;
/** Control characters and halves of characters, which no id has and no URL takes. */
const NOT_IN_IDS = /[\p{Cc}\p{Cs}]/u;

/**
 * Says why a text cannot be the id of a model; `null` where it can. An id may become part of a URL's path.
 */
function modelComplaint(model: string): string | null {
	if (model.length > MAX_MODEL_CHARACTERS) return `has ${model.length} characters`;
	if (NOT_IN_IDS.test(model)) return 'has a character in it that no id has';
	return model.split(/[/\\]/).some((segment) => segment === '.' || segment === '..')
		? 'leads to another path'
		: null;
}

/** Says what is wrong with the prompt or the number of input images; `null` where nothing is. */
function complaint(
	{ operation, model, prompt }: ImageRequest,
	{ maxPromptCharacters = Infinity, inputImages: { min, max } }: OperationSpec,
	imageCount: number,
): string | null {
	if (prompt.length > maxPromptCharacters)
		return `'Prompt' has ${prompt.length} characters, but ${model} takes at most ${maxPromptCharacters}`;
	if (imageCount < min) return `'Input Images' holds no image, but ${model} needs ${min} to ${operation}`;
	if (imageCount <= max) return null;
	const most = max === 0 ? `none to ${operation}` : `at most ${max}`;
	return `'Input Images' holds ${imageCount} images, but ${model} takes ${most}`;
}

/** Warns of a model that the catalogue does not list. */
function unlistedWarnings(
	{ displayName }: Provider,
	modelId: string,
	{ entry, isListed }: FoundSpec,
): Warning[] {
	if (isListed) return [];
	const message =
		`The catalogue of ${displayName} does not list ${modelId}: ` +
		`it is treated like ${entry.id}, and its price is not known.`;
	return [{ option: 'model', type: 'adapted', message }];
}

/** Checks a request against its model; `imageCount` input images will follow. Nothing is read or sent. */
export function plan(provider: Provider, request: ImageRequest, imageCount: number): Result<Plan> {
	const { operation, model, prompt, options } = request;
	if (prompt.trim() === '')
		return fail('invalidRequest', "'Prompt' is empty; say what the image should show");
	const modelWrong = modelComplaint(model);
	if (modelWrong !== null)
		return fail(
			'invalidRequest',
			`'Model' ${show(wellFormed(model))} cannot be the id of a model: it ${modelWrong}`,
		);
	const found = operationSpec(provider, model, operation);
	if (!found.ok) return found;
	const { spec, entry, isListed } = found.value;
	const wrong = complaint(request, spec, imageCount);
	if (wrong !== null) return fail('invalidRequest', wrong);
	const mapped = mapOptions(options, spec.options, model);
	if (!mapped.ok) return mapped;
	const batches = batchesOf(options.numberOfImages ?? 1, spec);
	const images = batches.reduce((sum, batch) => sum + batch, 0);
	const price = isListed ? entry.price : null;
	return succeed({
		request,
		spec,
		fields: mapped.value.fields,
		warnings: [...unlistedWarnings(provider, model, found.value), ...mapped.value.warnings],
		batches,
		price,
		estimatedCost: price === null ? null : price.usdPerImage * images,
	});
}
