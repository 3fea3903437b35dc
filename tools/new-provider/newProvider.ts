import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { registryEntries, renameTemplate } from './registryEntries';

function checkNames(id: string, displayName: string): void {
	if (!/^[a-z][a-zA-Z0-9]*$/.test(id))
		throw new Error(`The id must be in camel case, such as acmeImages, not "${id}"`);
	if (!/^[A-Z][\w .-]*$/.test(displayName))
		throw new Error(
			'The name must be as the provider writes it, beginning with a capital letter, ' +
				`such as "Acme Images", not "${displayName}"`,
		);
}

/**
 * Copies `templates/provider` under a new id and name into the checkout at `root`, and adds the provider to
 * every list of providers. Returns the new files, relative to `root`. Throws, and writes nothing, if a name
 * is invalid or taken.
 */
export function newProvider(root: string, id: string, displayName: string): string[] {
	checkNames(id, displayName);
	const template = join(root, 'templates', 'provider');
	const rename = (text: string) => renameTemplate(text, id, displayName);
	const files = readdirSync(template, { recursive: true, encoding: 'utf8' }).filter((file) =>
		statSync(join(template, file)).isFile(),
	);
	const taken = files.map(rename).find((file) => existsSync(join(root, file)));
	if (taken !== undefined) throw new Error(`${taken} is there already: choose another id than ${id}`);
	const edited = registryEntries(id, displayName).map(([file, edit]): [string, string] => {
		const text = readFileSync(join(root, file), 'utf8');
		const after = edit(text);
		if (after === text) throw new Error(`${file} has no list of providers that can be extended`);
		return [file, after];
	});
	for (const [file, text] of edited) writeFileSync(join(root, file), text);
	return files.map((file) => {
		const path = join(root, rename(file));
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(path, rename(readFileSync(join(template, file), 'utf8')));
		return rename(file);
	});
}
