import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import ts from 'typescript';

import type { Ports } from '../../../index';
import { startEmulator, type Emulator } from '../../../tools/emulator';
import { readImage } from '../../../tools/emulator/picture';

const root = resolve(__dirname, '../../..');
const page = readFileSync(join(root, 'docs/library.md'), 'utf8');

/** Code blocks of the page, importing the sources of this checkout instead of the package. */
const [example = '', portsExample = ''] = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) =>
	code.replaceAll("'n8n-nodes-flux-kontext'", "'../../../../index'"),
);

let emulator: Emulator;
let folder: string;
beforeAll(async () => {
	emulator = await startEmulator({ timing: { queueMs: 10, runMs: 40 } });
	// Inside the checkout, so that jest compiles the files and finds the packages.
	folder = mkdtempSync(join(__dirname, 'library-'));
	writeFileSync(join(folder, 'example.ts'), example);
	writeFileSync(join(folder, 'ports.ts'), portsExample);
});
afterAll(async () => {
	rmSync(folder, { recursive: true, force: true });
	await emulator.close();
});

it('the example of docs/library.md makes an image, with its own ports', async () => {
	const { baseUrl, apiKey } = emulator.providers.blackForestLabs;
	const previousKey = process.env['BFL_API_KEY'];
	process.env['BFL_API_KEY'] = apiKey;
	try {
		const { generateImage } = jest.requireActual<{
			generateImage: (prompt: string, ports: Ports, baseUrl: string) => Promise<Uint8Array>;
		}>(join(folder, 'example.ts'));
		const { ports } = jest.requireActual<{ ports: Ports }>(join(folder, 'ports.ts'));
		const image = await generateImage('a red fox', ports, baseUrl);
		expect(await readImage(Buffer.from(image))).not.toBeNull();
		expect(emulator.jobs).toHaveLength(1);
	} finally {
		if (previousKey === undefined) delete process.env['BFL_API_KEY'];
		else process.env['BFL_API_KEY'] = previousKey;
	}
});

it('the examples compile', () => {
	const config = ts.readConfigFile(join(root, 'test/tsconfig.json'), (path) => ts.sys.readFile(path))
		.config as object;
	const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(root, 'test'));
	const files = ['example.ts', 'ports.ts'].map((file) => join(folder, file));
	const program = ts.createProgram(files, options);
	const errors = files.flatMap((file) => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)));
	expect(errors.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))).toEqual([]);
}, 60_000);
