import type { INodeProperties } from 'n8n-workflow';

import { DEFAULT_BINARY_FIELD } from '../core/request/parameters';

/** Option *File Name*. */
export const fileNameOption: INodeProperties = {
	displayName: 'File Name',
	name: 'fileName',
	type: 'string',
	default: '',
	placeholder: 'e.g. product-photo',
	description: 'Name of the image file. The extension is derived from the image.',
};

/** Option *Put Output in Field*. */
export const binaryFieldOption: INodeProperties = {
	displayName: 'Put Output in Field',
	name: 'binaryField',
	type: 'string',
	default: DEFAULT_BINARY_FIELD,
	hint: 'The name of the output binary field to put the image in',
};
