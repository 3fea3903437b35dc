import type { INodeProperties } from 'n8n-workflow';

import {
	DEFAULT_ASPECT_RATIO,
	DEFAULT_SIDE,
	DEFAULT_SIZING,
	MIN_SIDE,
	sizingKinds,
} from '../core/request/parameters';
import type { Sizing } from '../core/request/sizes';
import { imageResource } from './conditions';

const showForKind = (kind: Sizing['kind']) => ({ show: { ...imageResource, sizing: [kind] } });

const kindTexts: Readonly<Record<Sizing['kind'], { name: string; description: string }>> = {
	auto: { name: 'Auto', description: 'Size of the input image, or the default of the model' },
	aspectRatio: { name: 'Aspect Ratio', description: 'Ratio such as 16:9, at about one megapixel' },
	pixels: { name: 'Pixels', description: 'Width and height' },
};

const kindProperty: INodeProperties = {
	displayName: 'Size',
	name: 'sizing',
	type: 'options',
	default: DEFAULT_SIZING,
	description: 'Size of the image. Adjustments for the model are named in the warnings of the output.',
	displayOptions: { show: imageResource },
	options: sizingKinds.map((value) => ({ value, ...kindTexts[value] })),
};

const aspectRatioProperty: INodeProperties = {
	displayName: 'Aspect Ratio',
	name: 'aspectRatio',
	type: 'string',
	default: DEFAULT_ASPECT_RATIO,
	placeholder: 'e.g. 16:9',
	description: 'Ratio of width to height, between 21:9 and 9:21',
	displayOptions: showForKind('aspectRatio'),
};

const sideProperty = (name: string, displayName: string): INodeProperties => ({
	displayName,
	name,
	type: 'number',
	default: DEFAULT_SIDE,
	typeOptions: { minValue: MIN_SIDE, numberPrecision: 0 },
	description: 'In pixels',
	displayOptions: showForKind('pixels'),
});

/** Parameters *Size*, *Aspect Ratio*, *Width* and *Height*. */
export const sizingProperties: INodeProperties[] = [
	kindProperty,
	aspectRatioProperty,
	sideProperty('width', 'Width'),
	sideProperty('height', 'Height'),
];
