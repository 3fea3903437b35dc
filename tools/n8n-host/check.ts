import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { readIfThere } from './cached-folder';

const run = promisify(execFile);
const CHECK_MS = 60_000;
const PROBE_SQLITE =
	"new (require('sqlite3').Database)(':memory:').get('select 1 as one', (e, r) => { if (e) throw e; console.log(r.one); })";

export const n8nScript = (dir: string): string => join(dir, 'node_modules', 'n8n', 'bin', 'n8n');

const brief = (message: string): string => {
	const lines = message.split('\n');
	return lines.find((line) => line.startsWith('Error:')) ?? lines[0] ?? '';
};

async function answer(node: string, args: string[], cwd: string): Promise<string> {
	try {
		const { stdout } = await run(node, args, { cwd, timeout: CHECK_MS });
		return stdout.trim();
	} catch (error) {
		return brief((error as Error).message);
	}
}

async function missingPackages(dir: string): Promise<string[]> {
	const text = await readIfThere(join(dir, 'node_modules', '.package-lock.json'));
	if (text === undefined) return ['all of them'];
	const { packages } = JSON.parse(text) as { packages: Record<string, unknown> };
	const found = await Promise.all(
		Object.keys(packages).map(async (path) => ({
			path,
			there: await access(join(dir, path, 'package.json')).then(
				() => true,
				() => false,
			),
		})),
	);
	return found.filter(({ there }) => !there).map(({ path }) => path);
}

/** What keeps the n8n in this folder from running under this node, or undefined. */
export async function hostFault(dir: string, node: string, version: string): Promise<string | undefined> {
	const missing = await missingPackages(dir);
	if (missing.length > 0) return `packages are missing (${missing.slice(0, 3).join(', ')})`;
	const shown = await answer(node, [n8nScript(dir), '--version'], dir);
	if (shown !== version) return `n8n --version gives ${shown} instead of ${version}`;
	const one = await answer(node, ['-e', PROBE_SQLITE], dir);
	return one === '1' ? undefined : `sqlite3 does not load: ${one}`;
}

/** What keeps this node from running n8n, or undefined. */
export async function nodeFault(node: string, major: number): Promise<string | undefined> {
	const shown = await answer(node, ['--version'], process.cwd());
	return Number(/^v(\d+)\./.exec(shown)?.[1]) >= major ? undefined : `${node} --version gives ${shown}`;
}
