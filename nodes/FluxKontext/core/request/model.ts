import type { OptionName } from './options';
import type { SizeSpec } from './sizes';

/** What a model does: make an image from a text, or change input images. */
export type Operation = 'generate' | 'edit';

/** How a model takes one option: the name of its field, and the values. */
export type OptionSpec = {
	/**
	 * Name of the field; dots lead into objects, as in `sample_params.sample_steps` (not for seed and number
	 * of images).
	 */
	field: string;
	/**
	 * The provider's own limits, inclusive. A value outside is refused, or clamped with a warning if `clamp`
	 * is set.
	 */
	min?: number;
	max?: number;
	clamp?: boolean;
	/** Value that the provider uses without the field; the panel starts with it. */
	default?: number | boolean;
	/**
	 * The provider's value for each of ours, for options with named values. A value without an entry is
	 * ignored with a warning.
	 */
	values?: Readonly<Record<string, string>>;
	/** Sends a number as text. */
	as?: 'text';
	/** The field has the opposite meaning: true is sent as false. */
	invert?: boolean;
};

/** Input images that a model takes. */
export interface InputImageSpec {
	/** Number of images, inclusive. */
	min: number;
	max: number;
	/** Whether the provider downloads URLs itself. Otherwise the node downloads them and sends the bytes. */
	urls: boolean;
	/** Whether bytes are taken. Default: true. */
	bytes?: boolean;
	/** Bytes of one image, inclusive. */
	maxBytes: number;
	mimeTypes: readonly string[];
}

/** Input images of an operation that takes none. */
export const noInputImages: InputImageSpec = { min: 0, max: 0, urls: false, maxBytes: 0, mimeTypes: [] };

/** What a model takes for one operation. */
export interface OperationSpec {
	inputImages: InputImageSpec;
	/** Characters of a prompt, inclusive. Default: no limit. */
	maxPromptCharacters?: number;
	size: SizeSpec;
	options: Readonly<Partial<Record<OptionName, OptionSpec>>>;
}

/** Price as read on a date. Estimates that are made from it carry that date. */
export interface Price {
	usdPerImage: number;
	/** Set where an image may cost more: the price is one per megapixel, or that of the smallest request. */
	isLowerBound?: true;
	/** YYYY-MM-DD */
	readOn: string;
	source: string;
}

/** Catalogue entry of a model. */
export interface ModelSpec {
	id: string;
	displayName: string;
	description: string;
	operations: Readonly<Partial<Record<Operation, OperationSpec>>>;
	/** `null` where no price is published. */
	price: Price | null;
}
