import type { IBinaryData } from 'n8n-workflow';

import { succeed, type Result } from '../../core/base/faults';
import { isObject, show, textOf } from '../../core/base/json';
import { DEFAULT_BINARY_FIELD, DEFAULT_IMAGE_SOURCE, imageSources } from '../../core/request/parameters';
import type { ImageEntry } from '../../transport/inputImages';
import { refuse } from '../parameters/read';

function readEntry(value: unknown, position: number): Result<ImageEntry> {
	const fields: Record<string, unknown> = isObject(value) ? value : {};
	const { source: sourceName = DEFAULT_IMAGE_SOURCE, binaryProperty = DEFAULT_BINARY_FIELD } = fields;
	const source = imageSources.find((known) => known === sourceName);
	if (!source)
		return refuse(
			`'Input Images' entry ${position} has ${show(sourceName)} for its source; ` +
				`it must be one of ${imageSources.join(', ')}`,
		);
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
