import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { pathExists } from './files';

const run = promisify(execFile);
const root = resolve(__dirname, '../..');
const PACK_TIMEOUT_MS = 120_000;

interface Manifest {
	n8n: { nodes: string[]; credentials: string[] };
}

/**
 * Packs the built package as `npm publish` would, into a temporary folder of its own, and resolves to the
 * tarball's path. The caller removes the folder. Rejects if the package has not been built.
 */
export async function packTarball(): Promise<string> {
	const { n8n } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
	for (const file of [...n8n.nodes, ...n8n.credentials])
		if (!(await pathExists(join(root, file))))
			throw new Error(`${file} does not exist. Run "npm run build" first.`);
	const folder = await mkdtemp(join(tmpdir(), 'flux-kontext-pack-'));
	const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
	const options = { cwd: root, timeout: PACK_TIMEOUT_MS, shell: process.platform === 'win32' };
	const { stdout } = await run('npm', args, options);
	const [tarball] = JSON.parse(stdout) as Array<{ filename: string }>;
	if (tarball === undefined) throw new Error('npm pack created no tarball');
	return join(folder, tarball.filename);
}
