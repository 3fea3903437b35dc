import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { isObject, textOf } from '../../core/base/json';
import { isTool } from '../../transport/nodeContext';

/** More would hide the output below them; all stand in the items. */
const MAX_HINTS = 4;
/** A link that works longer than this does not hurry anybody. */
const SOON_MS = 86_400_000;

interface Adapted {
	message: string;
	items: number[];
}

/** The warnings of all items, each once. */
function adapted(items: readonly INodeExecutionData[]): Adapted[] {
	const found = new Map<string, number[]>();
	for (const [
		index,
		{
			json: { warnings },
		},
	] of items.entries()) {
		for (const warning of Array.isArray(warnings) ? warnings : []) {
			const message = isObject(warning) ? textOf(warning['message']) : '';
			found.set(message, [...(found.get(message) ?? []), index]);
		}
	}
	return [...found].map(([message, of]) => ({ message, items: of }));
}

const nameOf = (numbers: readonly number[]): string =>
	numbers.length > 5 ? `${numbers.length} items` : `Item ${numbers.join(', ')}`;

/** When the first of the images' links at the provider stops to work. */
function firstExpiry(items: readonly INodeExecutionData[]): string | null {
	const expiries = items.flatMap(({ json: { image } }) =>
		isObject(image) && typeof image['urlExpiresAt'] === 'string' ? [image['urlExpiresAt']] : [],
	);
	return expiries.sort()[0] ?? null;
}

/** Says in the output panel what was adapted, and until when the links work. */
function addHints(context: IExecuteFunctions, items: readonly INodeExecutionData[]): void {
	const all = adapted(items);
	const rest = all.length - MAX_HINTS;
	const messages = all.slice(0, MAX_HINTS).map(({ message, items: of }) => `${message} [${nameOf(of)}]`);
	if (rest > 0) messages.push(`${rest} more under 'warnings' in the items`);
	context.addExecutionHints(
		...messages.map((message) => ({ message, type: 'warning', location: 'outputPane' }) as const),
	);
	const expiry = firstExpiry(items);
	if (expiry === null || Date.parse(expiry) - Date.now() > SOON_MS) return;
	context.addExecutionHints({
		message: `Links in 'image.url' work until ${expiry}. The images themselves are in the binary data and stay.`,
		type: 'info',
		location: 'outputPane',
	});
}

/** An agent sees only the JSON of its tool: n8n drops binary data. So it gets a link to the image in n8n's own store, for a day. */
function signed(context: IExecuteFunctions, item: INodeExecutionData): INodeExecutionData {
	const { image } = item.json;
	const [stored] = Object.values(item.binary ?? {});
	// In memory n8n has nothing that a link could lead to.
	if (!isObject(image) || stored?.id === undefined) return item;
	return {
		...item,
		json: {
			...item.json,
			image: { ...image, signedUrl: context.helpers.createBinarySignedUrl(stored, '1 day') },
		},
	};
}

/** The output as n8n and an agent can show it. */
export function decorateOutput(
	context: IExecuteFunctions,
	items: INodeExecutionData[],
): INodeExecutionData[] {
	addHints(context, items);
	return isTool(context) ? items.map((item) => signed(context, item)) : items;
}
