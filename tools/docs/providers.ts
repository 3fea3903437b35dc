// Writes what the pages of docs/ say from the registry and the credentials (npm run docs). What stands outside the marks of
// a page is written by hand. test/unit/docs/providers.test.ts fails while a page is stale.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { providers } from '../../nodes/FluxKontext/providers';
import { credentialOf } from '../support/credentials';
import { fieldNames } from './fieldNames';
import { emptyPage, withGenerated } from './markdown';
import { providerIndex } from './providerIndex';
import { providerPage } from './providerPage';

const docs = resolve(__dirname, '../../docs');

export interface Page {
	path: string;
	/** As it is; a page to begin with where there is none yet. */
	text: string;
	/** As it should be. */
	current: string;
}

function pageOf(path: string, title: string, lines: readonly string[]): Page {
	const text = existsSync(path) ? readFileSync(path, 'utf8') : emptyPage(title);
	return { path, text, current: withGenerated(text, lines) };
}

export async function pages(): Promise<Page[]> {
	const own = providers.map(async (provider) => {
		const credential = await credentialOf(provider);
		if (!credential) throw new Error(`${provider.displayName} has no credential`);
		return pageOf(
			join(docs, 'providers', `${provider.id}.md`),
			provider.displayName,
			providerPage(provider, credential),
		);
	});
	return [
		pageOf(join(docs, 'providers.md'), 'Providers', providerIndex(providers)),
		pageOf(join(docs, 'migration.md'), 'Migration', fieldNames(providers)),
		...(await Promise.all(own)),
	];
}

async function main(): Promise<void> {
	for (const { path, current } of await pages()) writeFileSync(path, current);
}

if (require.main === module) void main();
