import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import ts from 'typescript';

import { newProvider } from '../../tools/new-provider/newProvider';
import { repoCopy } from '../support/repoCopy';

const repo = repoCopy();
const written = newProvider(repo, 'acmeImages', 'Acme Images');
afterAll(() => rmSync(repo, { recursive: true, force: true }));

/** A module of the repo with one provider more. */
const from = (path: string): unknown => jest.requireActual(join(repo, path));

const { providerById } = from('index') as typeof import('../../index');
const { contractOf } = from('test/contract/suite') as typeof import('./suite');
const { recordContractOf } = from('test/contract/records') as typeof import('./records');
const { snapshotsOf } = from('test/unit/providers/samples') as typeof import('../unit/providers/samples');
const { useContractFixture } = from('test/contract/contractFixture') as typeof import('./contractFixture');

describe('a new provider, from the template,', () => {
	const provider = providerById('acmeImages');
	if (!provider) throw new Error('It is not in the registry');
	const harness = useContractFixture();
	contractOf(harness, [provider]);
	recordContractOf(harness, [provider]);

	it('has a sample of its answers', () => {
		expect(snapshotsOf(provider).map(({ state }) => state)).toEqual(['pending', 'pending', 'succeeded']);
	});

	it('compiles', () => {
		const read = (path: string) =>
			ts.parseConfigFileTextToJson(path, readFileSync(path, 'utf8')).config as object;
		const { options } = ts.parseJsonConfigFileContent(
			read(join(repo, 'test/tsconfig.json')),
			ts.sys,
			join(repo, 'test'),
		);
		const files = written.filter((file) => file.endsWith('.ts')).map((file) => join(repo, file));
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
			'nodes/FluxKontext/providers/acmeImages/index.ts',
			'test/contract/acmeImages.test.ts',
			'test/fixtures/acmeImages.ts',
			'tools/emulator/providers/acmeImages.ts',
		]);
		expect(written.filter((file) => /made ?up/i.test(readFileSync(join(repo, file), 'utf8')))).toEqual(
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
		expect(() => newProvider(repo, id, name)).toThrow(message);
	});
});

// What the registry's own test asks of every provider, asked in the repo with one more.
from('test/contract/registry.test');
