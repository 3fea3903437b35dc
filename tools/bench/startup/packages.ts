import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { temporaryFolder } from '../support/temporary';

const run = promisify(execFile);

export async function unpacked(tarball: string): Promise<string> {
	const folder = await temporaryFolder();
	await run('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']);
	return folder;
}

const manifest = {
	name: 'n8n-nodes-empty',
	version: '1.0.0',
	n8n: { n8nNodesApiVersion: 1, credentials: [], nodes: ['dist/Empty.node.js'] },
};

const node = `exports.Empty = class Empty {
	description = { displayName: 'Empty', name: 'empty', group: ['transform'], version: 1, description: 'Does nothing', defaults: { name: 'Empty' }, inputs: ['main'], outputs: ['main'], properties: [] };
	async execute() { return [this.getInputData()]; }
};
`;

/** A package with one node that does nothing: what n8n's loader takes by itself. */
export async function emptyPackage(): Promise<string> {
	const folder = await temporaryFolder();
	await mkdir(join(folder, 'dist'));
	await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
	await writeFile(join(folder, 'dist', 'Empty.node.js'), node);
	return folder;
}
