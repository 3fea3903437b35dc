import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';

import type { Provider } from '../core/provider';
import type { Operation } from '../core/request/model';
import { DEFAULT_BINARY_FIELD, DEFAULT_IMAGE_SOURCE, type ImageSource } from '../core/request/parameters';
import { defaultModel } from '../core/request/plan';
import { imageResource } from './conditions';

const showForSource = (source: ImageSource): IDisplayOptions => ({ show: { source: [source] } });

const sourceChoices: Array<{ name: string; value: ImageSource }> = [
	{ name: 'Base64', value: 'base64' },
	{ name: 'Binary', value: 'binary' },
	{ name: 'URL', value: 'url' },
];

const imageFields: INodeProperties[] = [
	{
		displayName: 'Source',
		name: 'source',
		type: 'options',
		default: DEFAULT_IMAGE_SOURCE,
		options: sourceChoices,
	},
	{
		displayName: 'Input Binary Field',
		name: 'binaryProperty',
		type: 'string',
		default: DEFAULT_BINARY_FIELD,
		hint: 'The name of the input binary field containing the image',
		displayOptions: showForSource('binary'),
	},
	{
		displayName: 'URL',
		name: 'url',
		type: 'string',
		default: '',
		placeholder: 'e.g. https://example.com/photo.png',
		displayOptions: showForSource('url'),
	},
	{
		displayName: 'Base64',
		name: 'base64',
		type: 'string',
		default: '',
		placeholder: 'e.g. iVBORw0KGgo…',
		description: 'Base64-encoded image, with or without the prefix data:…;base64,',
		displayOptions: showForSource('base64'),
	},
];

const imageList: INodeProperties = {
	displayName: 'Input Images',
	name: 'inputImages',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true, sortable: true, multipleValueButtonText: 'Add Image' },
	default: {},
	placeholder: 'Add Image',
	options: [{ displayName: 'Image', name: 'image', values: imageFields }],
};

/** IDs of the providers whose default model takes input images for the operation. */
const providersWithInputImages = (providers: readonly Provider[], operation: Operation): string[] =>
	providers
		.filter((provider) => {
			const spec = defaultModel(provider, operation)?.operations[operation];
			return (spec?.inputImages.max ?? 0) > 0;
		})
		.map(({ id }) => id);

const showForOperation = (operation: Operation, provider: string[]): IDisplayOptions => ({
	show: { ...imageResource, operation: [operation], provider },
});

/** Builds the list of input images for an edit, with one binary image at first, and of reference images. */
export function inputImageProperties(providers: readonly Provider[]): INodeProperties[] {
	const editing = providersWithInputImages(providers, 'edit');
	const generating = providersWithInputImages(providers, 'generate');
	const inputImages: INodeProperties = {
		...imageList,
		default: { image: [{ source: DEFAULT_IMAGE_SOURCE, binaryProperty: DEFAULT_BINARY_FIELD }] },
		displayOptions: showForOperation('edit', editing),
	};
	if (generating.length === 0) return [inputImages];
	const referenceImages: INodeProperties = {
		...imageList,
		displayName: 'Reference Images',
		displayOptions: showForOperation('generate', generating),
	};
	return [inputImages, referenceImages];
}
