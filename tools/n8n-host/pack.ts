import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = resolve(__dirname, '../..');

interface Manifest {
	n8n: { nodes: string[]; credentials: string[] };
}

/** Packs the built package as `npm publish` would, into a temporary folder of its own. */
export async function packTarball(): Promise<string> {
	const { n8n } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
	for (const file of [...n8n.nodes, ...n8n.credentials]) {
		await access(join(root, file)).catch(() => {
			throw new Error(`${file} is not there: run "npm run build" first`);
		});
	}
	const folder = await mkdtemp(join(tmpdir(), 'flux-kontext-pack-'));
	const { stdout } = await run(
		'npm',
		['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
		{
			cwd: root,
			timeout: 120_000,
			shell: process.platform === 'win32',
		},
	);
	const [packed] = JSON.parse(stdout) as Array<{ filename: string }>;
	if (packed === undefined) throw new Error('npm pack made no tarball');
	return join(folder, packed.filename);
}
