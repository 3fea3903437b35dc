import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { temporaryFolder } from '../support/temporary';

const run = promisify(execFile);

/** Unpacks a tarball of npm into a temporary folder and returns the folder. */
export async function unpack(tarball: string): Promise<string> {
	const folder = await temporaryFolder();
	await run('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']);
	return folder;
}

const manifest = {
	name: 'n8n-nodes-empty',
	version: '1.0.0',
	n8n: { n8nNodesApiVersion: 1, credentials: [], nodes: ['dist/Empty.node.js'] },
};

const nodeSource = `exports.Empty = class Empty {
	description = {
		displayName: 'Empty',
		name: 'empty',
		group: ['transform'],
		version: 1,
		description: 'Does nothing',
		defaults: { name: 'Empty' },
		inputs: ['main'],
		outputs: ['main'],
		properties: [],
	};
	async execute() { return [this.getInputData()]; }
};
`;

/** Creates a package with one node that does nothing. Its loading time is that of n8n's loader alone. */
export async function createEmptyPackage(): Promise<string> {
	const folder = await temporaryFolder();
	await mkdir(join(folder, 'dist'));
	await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
	await writeFile(join(folder, 'dist', 'Empty.node.js'), nodeSource);
	return folder;
}
