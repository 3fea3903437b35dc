import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import type { N8nFixture } from './n8nFixture';

/** Files below a folder that contain one of the texts; installed packages are left out. */
export async function filesWith(folder: string, texts: readonly string[]): Promise<string[]> {
	const entries = await readdir(folder, { recursive: true, withFileTypes: true });
	const files = entries
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name));
	const found: string[] = [];
	for (const file of files) {
		if (file.includes('node_modules')) continue;
		const bytes = await readFile(file);
		if (texts.some((text) => bytes.includes(text))) found.push(relative(folder, file));
	}
	return found;
}

/** Both ends of a key too: SQLite may have split it between two pages, and a shortened key is a key. */
const partsOf = (key: string): string[] => [key, key.slice(0, 20), key.slice(-16)];

/** No key stands in a file of n8n (its database, its binary data with their metadata, its event log) or in its log. */
export async function expectNoKeys({ n8n, emulator }: Pick<N8nFixture, 'n8n' | 'emulator'>): Promise<void> {
	const parts = Object.values(emulator.providers).flatMap(({ apiKey }) => partsOf(apiKey));
	expect(await filesWith(n8n.userFolder, parts)).toEqual([]);
	const log = n8n.log();
	expect(parts.filter((part) => log.includes(part))).toEqual([]);
}
