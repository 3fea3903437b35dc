import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import type { N8nFixture } from './n8nFixture';

/** Lists the files below a folder that contain one of the texts, without those of installed packages. */
export async function filesContaining(folder: string, texts: readonly string[]): Promise<string[]> {
	const entries = await readdir(folder, { recursive: true, withFileTypes: true });
	const files = entries
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name))
		.filter((file) => !file.includes('node_modules'));
	const matches: string[] = [];
	for (const file of files) {
		const bytes = await readFile(file);
		if (texts.some((text) => bytes.includes(text))) matches.push(relative(folder, file));
	}
	return matches;
}

/**
 * Returns a key with its beginning and its end: SQLite may store it across two pages, and a shortened key in
 * a log would be a leak as well.
 */
const partsOf = (key: string): string[] => [key, key.slice(0, 20), key.slice(-16)];

/**
 * Asserts that no key is in n8n's files (database, binary data with their metadata, event log) or in its log.
 */
export async function expectNoKeys({ n8n, emulator }: Pick<N8nFixture, 'n8n' | 'emulator'>): Promise<void> {
	const parts = Object.values(emulator.providers).flatMap(({ apiKey }) => partsOf(apiKey));
	expect(await filesContaining(n8n.userFolder, parts)).toEqual([]);
	const log = n8n.log();
	expect(parts.filter((part) => log.includes(part))).toEqual([]);
}
