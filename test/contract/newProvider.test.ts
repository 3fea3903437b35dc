import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import ts from 'typescript';

import { newProvider } from '../../tools/new-provider/newProvider';
import { repoCopy } from '../support/repoCopy';

const repo = repoCopy();
const files = newProvider(repo, 'acmeImages', 'Acme Images');
afterAll(() => rmSync(repo, { recursive: true, force: true }));

/** Loads a module of the copy of the repository that has the new provider. */
const load = (path: string): unknown => jest.requireActual(join(repo, path));

const { providerById } = load('index') as typeof import('../../index');
const { contractOf } = load('test/contract/suite') as typeof import('./suite');
const { recordContractOf } = load('test/contract/records') as typeof import('./records');
const { snapshotsOf } = load('test/unit/providers/samples') as typeof import('../unit/providers/samples');
const { useContractFixture } = load('test/contract/contractFixture') as typeof import('./contractFixture');

describe('a new provider from the template', () => {
	const provider = providerById('acmeImages');
	if (!provider) throw new Error('acmeImages is not in the registry');
	const harness = useContractFixture();
	contractOf(harness, [provider]);
	recordContractOf(harness, [provider]);

	it('has samples of its responses', () => {
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
		const sources = files.filter((file) => file.endsWith('.ts')).map((file) => join(repo, file));
		const program = ts.createProgram(sources, options);
		const diagnostics = sources.flatMap((file) =>
			ts.getPreEmitDiagnostics(program, program.getSourceFile(file)),
		);
		expect(
			diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')),
		).toEqual([]);
	}, 60_000);

	it('carries no trace of the name of the template', () => {
		expect(files.sort()).toEqual([
			'credentials/FluxKontextAcmeImagesApi.credentials.ts',
			'icons/acmeImages.dark.svg',
			'icons/acmeImages.svg',
			'nodes/FluxKontext/providers/acmeImages/index.ts',
			'nodes/FluxKontext/providers/acmeImages/models.ts',
			'nodes/FluxKontext/providers/acmeImages/request.ts',
			'nodes/FluxKontext/providers/acmeImages/response.ts',
			'test/contract/acmeImages.test.ts',
			'test/fixtures/acmeImages.ts',
			'tools/emulator/providers/acmeImages.ts',
		]);
		expect(files.filter((file) => /made ?up/i.test(readFileSync(join(repo, file), 'utf8')))).toEqual([]);
	});

	it.each([
		[
			'is refused if its id is taken',
			'acmeImages',
			'Acme Images',
			/is there already: choose another id than acmeImages$/,
		],
		[
			'is refused if its id cannot be an identifier',
			'acme-images',
			'Acme Images',
			/^The id must be in camel case, such as acmeImages, not "acme-images"$/,
		],
		[
			'is refused if the panel cannot show its name',
			'acme',
			"acme's",
			/^The name must be as the provider writes it/,
		],
	])('%s', (_, id, name, message) => {
		expect(() => newProvider(repo, id, name)).toThrow(message);
	});
});

// The tests of the registry, run with the new provider.
load('test/contract/registry.test');
