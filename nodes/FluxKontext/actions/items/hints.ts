import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { isObject, textOf } from '../../core/base/json';
import { clip } from '../../core/base/text';

/** Warnings shown above the output; more would hide it, and all of them are in the items. */
const MAX_HINTS = 4;
/** Characters of a warning in a hint; the whole text is in the item. */
const MAX_HINT_CHARACTERS = 300;
/** Items that a hint lists by number. */
const MAX_LISTED_ITEMS = 5;
/** Milliseconds: the expiry of links that work longer is not worth a hint. */
const SOON_MS = 86_400_000;

/** Returns each distinct warning with the indexes of its items. */
function warningsOf(items: readonly INodeExecutionData[]): Map<string, number[]> {
	const found = new Map<string, number[]>();
	for (const [index, { json }] of items.entries()) {
		const { warnings } = json;
		for (const warning of Array.isArray(warnings) ? warnings : []) {
			const message = clip(isObject(warning) ? textOf(warning['message']) : '', MAX_HINT_CHARACTERS);
			const indexes = found.get(message);
			if (!indexes) found.set(message, [index]);
			else if (indexes.at(-1) !== index) indexes.push(index);
		}
	}
	return found;
}

const itemsText = (indexes: readonly number[]): string =>
	indexes.length > MAX_LISTED_ITEMS ? `${indexes.length} items` : `Item ${indexes.join(', ')}`;

/** Returns the earliest time at which an image's link at the provider expires. */
function firstExpiry(items: readonly INodeExecutionData[]): string | null {
	const expiries = items.flatMap(({ json: { image } }) =>
		isObject(image) && typeof image['urlExpiresAt'] === 'string' ? [image['urlExpiresAt']] : [],
	);
	return expiries.sort()[0] ?? null;
}

/** Shows the warnings of the items, and until when their links work, above the node's output. */
export function addHints(context: IExecuteFunctions, items: readonly INodeExecutionData[]): void {
	const warnings = [...warningsOf(items)];
	const messages = warnings
		.slice(0, MAX_HINTS)
		.map(([message, indexes]) => `${message} [${itemsText(indexes)}]`);
	const rest = warnings.length - MAX_HINTS;
	if (rest > 0) messages.push(`${rest} more under 'warnings' in the items`);
	context.addExecutionHints(
		...messages.map((message) => ({ message, type: 'warning', location: 'outputPane' }) as const),
	);
	const expiry = firstExpiry(items);
	if (expiry === null || Date.parse(expiry) - Date.now() > SOON_MS) return;
	context.addExecutionHints({
		message:
			`Links in 'image.url' work until ${expiry}. ` +
			'The images themselves are in the binary data and stay.',
		type: 'info',
		location: 'outputPane',
	});
}
