import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { isObject } from '../../core/base/json';
import { createBinaryLink } from '../../transport/binaryLink';

/**
 * Adds a link to the image in n8n's own store, for an agent: it sees only the JSON of its tool, because n8n
 * drops binary data.
 */
export function addSignedUrl(context: IExecuteFunctions, item: INodeExecutionData): INodeExecutionData {
	const { image } = item.json;
	const [stored] = Object.values(item.binary ?? {});
	const signedUrl = isObject(image) && stored ? createBinaryLink(context, stored) : null;
	if (!isObject(image) || signedUrl === null) return item;
	return { ...item, json: { ...item.json, image: { ...image, signedUrl } } };
}
