import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { isJobProvider } from '../../../nodes/FluxKontext/core/provider';
import { providers } from '../../../nodes/FluxKontext/providers';

const root = resolve(__dirname, '../../..');
const page = readFileSync(resolve(root, 'docs/reliability.md'), 'utf8');

it('names only tests that there are', () => {
	const named = [...page.matchAll(/`((?:test|nodes)\/[^`]+)`/g)].map(([, path = '']) => path);
	expect(named.length).toBeGreaterThan(20);
	expect(named.filter((path) => !existsSync(resolve(root, path)))).toEqual([]);
});

it('shows for every provider that keeps jobs a handle that it takes', () => {
	const rows = [...page.matchAll(/^\| ([^|]+) \| `(\{[^`]+\})` \|$/gm)].map(
		([, names = '', handle = '']) => [names, handle] as const,
	);
	for (const { displayName, readHandle } of providers.filter(isJobProvider)) {
		const row = rows.find(([names]) => names.toLowerCase().includes(displayName.toLowerCase()));
		expect([displayName, row && readHandle(JSON.parse(row[1]))]).toMatchObject([
			displayName,
			{ ok: true },
		]);
	}
});
