import { readdirSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

import { providers } from '../../../nodes/FluxKontext/providers';
import { pages } from '../../../tools/docs/providers';

it('finds the pages of docs/ as the registry and the credentials write them (npm run docs brings them up to date)', async () => {
	for (const { path, text, current } of await pages()) expect([path, text]).toEqual([path, current]);
});

it('has a page for each provider and for nothing else', () => {
	const files = readdirSync(resolve(__dirname, '../../../docs/providers'));
	expect(files.sort()).toEqual(providers.map(({ id }) => `${id}.md`).sort());
});

it('says on the page of each provider how to get a key and what is good to know', async () => {
	const own = (await pages()).filter(({ path }) => basename(dirname(path)) === 'providers');
	expect(own).toHaveLength(providers.length);
	for (const { path, text } of own) {
		const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading);
		expect([path, headings]).toEqual([path, expect.arrayContaining(['Getting a key', 'Good to know'])]);
	}
});
