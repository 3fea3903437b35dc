import type { IBinaryData } from 'n8n-workflow';

import { succeed, type Result } from '../../core/base/faults';
import { isObject, show, textOf } from '../../core/base/json';
import {
	DEFAULT_BINARY_FIELD,
	DEFAULT_IMAGE_SOURCE,
	imageSources,
	type ImageSource,
} from '../../core/request/parameters';
import type { ImageEntry } from '../../transport/inputImages';
import { refuse } from '../parameters/read';

/**
 * Returns a field of an entry, or its default where it is absent; an expression that finds nothing is not.
 */
const fieldOf = (fields: Record<string, unknown>, name: string, fallback: string): unknown =>
	Object.hasOwn(fields, name) ? fields[name] : fallback;

/** Field that each source reads, and its label. */
const fieldBySource = { binary: 'Input Binary Field', url: 'URL', base64: 'Base64' } as const;

/** Says what is wrong with the value of the field that the source reads; `null` where nothing is. */
function complaint(source: ImageSource, value: unknown): string | null {
	if ((value ?? '') === '' || (source !== 'binary' && typeof value === 'string' && value.trim() === ''))
		return source === 'binary'
			? "names no binary field; 'Input Binary Field' must be the name of one, such as data"
			: `has nothing in its '${fieldBySource[source]}'`;
	const isText = typeof value === 'string' || (source === 'binary' && isObject(value));
	return isText ? null : `has ${show(value)} for its '${fieldBySource[source]}', which must be text`;
}

function readEntry(value: unknown, position: number): Result<ImageEntry> {
	if (!isObject(value)) return refuse(`'Input Images' entry ${position} is ${show(value)}, not an image`);
	const fields: Record<string, unknown> = value;
	const sourceName = fieldOf(fields, 'source', DEFAULT_IMAGE_SOURCE);
	const binaryProperty = fieldOf(fields, 'binaryProperty', DEFAULT_BINARY_FIELD);
	const source = imageSources.find((known) => known === sourceName);
	if (!source)
		return refuse(
			`'Input Images' entry ${position} has ${show(sourceName)} for its source; ` +
				`it must be one of ${imageSources.join(', ')}`,
		);
	const given = { binary: binaryProperty, url: fields['url'], base64: fields['base64'] }[source];
	const wrong = complaint(source, given);
	if (wrong !== null) return refuse(`'Input Images' entry ${position} ${wrong}`);
	return succeed({
		source,
		// An expression may give the binary data itself instead of the name of its field.
		binaryProperty: isObject(binaryProperty)
			? (binaryProperty as unknown as IBinaryData)
			: textOf(binaryProperty),
		url: textOf(fields['url']),
		base64: textOf(fields['base64']),
	});
}

/** Reads the entries of the parameter `inputImages`. No image is read. */
export function readEntries(value: unknown): Result<ImageEntry[]> {
	const list = isObject(value) ? (value['image'] ?? []) : [];
	const entries: ImageEntry[] = [];
	for (const [index, item] of (Array.isArray(list) ? list : [list]).entries()) {
		const entry = readEntry(item, index + 1);
		if (!entry.ok) return entry;
		entries.push(entry.value);
	}
	return succeed(entries);
}
