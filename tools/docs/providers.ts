// Generates parts of the pages in docs/ from the provider registry and the credentials (npm run docs). Text
// outside the markers of a page is written by hand. test/tools/docs/providers.test.ts fails if a page is
// stale.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { providers } from '../../nodes/FluxKontext/providers';
import { credentialOf } from '../support/credentials';
import { fieldNames } from './fieldNames';
import { emptyPage, withGenerated } from './markdown';
import { providerIndex } from './providerIndex';
import { providerPage } from './providerPage';

const docs = resolve(__dirname, '../../docs');

/** Page with a generated part. */
export interface Page {
	path: string;
	/** Content of the file; an empty page if it does not exist yet. */
	text: string;
	/** Content with an up-to-date generated part. */
	current: string;
}

function pageOf(path: string, title: string, lines: readonly string[]): Page {
	const text = existsSync(path) ? readFileSync(path, 'utf8') : emptyPage(title);
	return { path, text, current: withGenerated(text, lines) };
}

/**
 * Reads and generates all pages; writes nothing. Rejects if a provider has no credential or a page has no
 * markers.
 */
export async function pages(): Promise<Page[]> {
	const providerPages = providers.map(async (provider) => {
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
		...(await Promise.all(providerPages)),
	];
}

async function main(): Promise<void> {
	for (const { path, current } of await pages()) writeFileSync(path, current);
}

if (require.main === module) void main();
