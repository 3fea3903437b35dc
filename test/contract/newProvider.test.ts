import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import ts from 'typescript';

import { newProvider } from '../../scripts/newProvider';
import { houseCopy } from '../support/house';

const house = houseCopy();
const written = newProvider(house, 'acmeImages', 'Acme Images');
afterAll(() => rmSync(house, { recursive: true, force: true }));

/** A module of the house with one provider more. */
const from = (path: string): unknown => jest.requireActual(join(house, path));

const { providerById } = from('index') as typeof import('../../index');
const { contractOf } = from('test/contract/suite') as typeof import('./suite');
const { recordContractOf } = from('test/contract/records') as typeof import('./records');
const { snapshotsOf } = from('test/unit/providers/samples') as typeof import('../unit/providers/samples');
const { useRig } = from('test/contract/rig') as typeof import('./rig');

describe('a new provider, from the template,', () => {
	const provider = providerById('acmeImages');
	if (!provider) throw new Error('It is not in the registry');
	const rig = useRig();
	contractOf(rig, [provider]);
	recordContractOf(rig, [provider]);

	it('has a sample of its answers', () => {
		expect(snapshotsOf(provider).map(({ state }) => state)).toEqual(['pending', 'pending', 'succeeded']);
	});

	it('compiles', () => {
		const read = (path: string) =>
			ts.parseConfigFileTextToJson(path, readFileSync(path, 'utf8')).config as object;
		const { options } = ts.parseJsonConfigFileContent(
			read(join(house, 'test/tsconfig.json')),
			ts.sys,
			join(house, 'test'),
		);
		const files = written.filter((file) => file.endsWith('.ts')).map((file) => join(house, file));
		const program = ts.createProgram(files, options);
		const faults = files.flatMap((file) =>
			ts.getPreEmitDiagnostics(program, program.getSourceFile(file)),
		);
		expect(faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))).toEqual(
			[],
		);
	}, 60_000);

	it('is called by its own name alone', () => {
		expect(written.sort()).toEqual([
			'credentials/FluxKontextAcmeImagesApi.credentials.ts',
			'icons/acmeImages.dark.svg',
			'icons/acmeImages.svg',
			'nodes/FluxKontext/providers/acmeImages.ts',
			'test/emulator/providers/acmeImages.ts',
			'test/fixtures/acmeImages.ts',
		]);
		expect(written.filter((file) => /made ?up/i.test(readFileSync(join(house, file), 'utf8')))).toEqual(
			[],
		);
	});

	it.each([
		[
			'is refused under an id that is taken',
			'acmeImages',
			'Acme Images',
			/is there already: choose another id than acmeImages$/,
		],
		[
			'is refused under an id that cannot be a name in the code',
			'acme-images',
			'Acme Images',
			/^The id must be in camel case, such as acmeImages, not "acme-images"$/,
		],
		[
			'is refused under a name that the panel cannot show',
			'acme',
			"acme's",
			/^The name must be as the provider writes it/,
		],
	])('%s', (_, id, name, message) => {
		expect(() => newProvider(house, id, name)).toThrow(message);
	});
});

// What the registry's own test asks of every provider, asked in the house with one more.
from('test/contract/registry.test');
