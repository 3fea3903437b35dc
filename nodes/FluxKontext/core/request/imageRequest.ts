import type { JsonObject } from '../base/json';
import type { Operation } from './model';
import type { ImageOptions } from './options';
import type { Pixels } from './ratios';
import type { ResolvedSize, Resolution, Sizing } from './sizes';

/** Part of a request that could not be honoured as it stands. */
export interface Warning {
	/** Name of the parameter. */
	option: string;
	type: 'ignored' | 'adapted';
	message: string;
}

/** Input image: a URL that the provider downloads itself, or bytes that were read and checked. */
export type InputImage =
	| { kind: 'url'; url: string; size: Pixels | null }
	| {
			kind: 'bytes';
			bytes: Uint8Array;
			/** Encodes the bytes on the first call; not every provider needs it. */
			base64: () => string;
			mimeType: string;
			fileName: string;
			width: number;
			height: number;
	  };

/** What one item asks for, before it is fitted to a model. */
export interface ImageRequest {
	operation: Operation;
	model: string;
	prompt: string;
	sizing: Sizing;
	resolution: Resolution;
	options: ImageOptions;
	/** Merged last into the fields of the model. */
	additionalFields: JsonObject;
}

/**
 * Request of one paid job, fitted to a model: a size and fields that the model takes, under its own names.
 */
export interface PreparedRequest {
	operation: Operation;
	model: string;
	prompt: string;
	images: readonly InputImage[];
	size: ResolvedSize;
	fields: JsonObject;
	additionalFields: JsonObject;
}
