import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { providers } from '../../index';
import * as emulated from '../../tools/emulator/providers';
import { credentialOf } from '../../tools/support/credentials';
import { fixtures } from '../fixtures';

const root = join(__dirname, '../..');

describe('the registry of providers', () => {
	it.each(providers.map((provider) => [provider.id, provider] as const))(
		'lists %s with a fixture, an emulator, a credential and an entry in package.json',
		async (id, provider) => {
			expect(Object.keys(fixtures)).toContain(id);
			expect(fixtures[id]?.origins.length).toBeGreaterThan(0);
			expect(Object.keys(emulated)).toContain(id);
			expect(await credentialOf(provider)).toMatchObject({ name: provider.credential });
			const { n8n } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
				n8n: { credentials: string[] };
			};
			const shipped = n8n.credentials.find((path) =>
				path.toLowerCase().endsWith(`/${provider.credential.toLowerCase()}.credentials.js`),
			);
			expect(shipped).toBeDefined();
			expect(
				existsSync(join(root, (shipped ?? '').replace(/^dist\//, '').replace(/\.js$/, '.ts'))),
			).toBe(true);
		},
	);

	it('gives each provider an id and a credential of its own', () => {
		expect(new Set(providers.map(({ id }) => id)).size).toBe(providers.length);
		expect(new Set(providers.map(({ credential }) => credential)).size).toBe(providers.length);
	});

	it('has an entry for every fixture and for every emulated provider', () => {
		const ids = providers.map(({ id }) => id);
		expect(
			[...Object.keys(fixtures), ...Object.keys(emulated)].filter((id) => !ids.includes(id)),
		).toEqual([]);
	});
});
