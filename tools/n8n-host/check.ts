import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { pathExists, readFileIfExists } from './files';

const run = promisify(execFile);
const CHECK_TIMEOUT_MS = 60_000;
/** Opens a database, because a binding built for another Node fails only when it is loaded. Prints 1. */
const SQLITE_PROBE =
	"new (require('sqlite3').Database)(':memory:')" +
	".get('select 1 as one', (e, r) => { if (e) throw e; console.log(r.one); })";

/** Path of n8n's bin script in an installation folder. */
export const n8nScript = (dir: string): string => join(dir, 'node_modules', 'n8n', 'bin', 'n8n');

/** Reduces a stack trace to the line that names the error. */
const summarize = (message: string): string => {
	const lines = message.split('\n');
	return lines.find((line) => line.startsWith('Error:')) ?? lines[0] ?? '';
};

/** Runs Node and resolves to its output, or to a one-line error message. Never rejects. */
async function outputOf(node: string, args: string[], cwd: string): Promise<string> {
	try {
		const { stdout } = await run(node, args, { cwd, timeout: CHECK_TIMEOUT_MS });
		return stdout.trim();
	} catch (error) {
		return summarize((error as Error).message);
	}
}

async function missingPackages(dir: string): Promise<string[]> {
	const lockFile = await readFileIfExists(join(dir, 'node_modules', '.package-lock.json'));
	if (lockFile === undefined) return ['all of them'];
	const { packages } = JSON.parse(lockFile) as { packages: Record<string, unknown> };
	const statuses = await Promise.all(
		Object.keys(packages).map(async (path) => ({
			path,
			exists: await pathExists(join(dir, path, 'package.json')),
		})),
	);
	return statuses.filter(({ exists }) => !exists).map(({ path }) => path);
}

/**
 * Describes what keeps the n8n in a folder from running under this Node; resolves to undefined if nothing
 * does.
 */
export async function hostProblem(dir: string, node: string, version: string): Promise<string | undefined> {
	const missing = await missingPackages(dir);
	if (missing.length > 0) return `packages are missing (${missing.slice(0, 3).join(', ')})`;
	const shownVersion = await outputOf(node, [n8nScript(dir), '--version'], dir);
	if (shownVersion !== version) return `n8n --version gives ${shownVersion} instead of ${version}`;
	const probeOutput = await outputOf(node, ['-e', SQLITE_PROBE], dir);
	return probeOutput === '1' ? undefined : `sqlite3 does not load: ${probeOutput}`;
}

/** Describes what keeps a Node binary from running n8n; resolves to undefined if nothing does. */
export async function nodeProblem(node: string, minMajor: number): Promise<string | undefined> {
	const shownVersion = await outputOf(node, ['--version'], process.cwd());
	const major = Number(/^v(\d+)\./.exec(shownVersion)?.[1]);
	return major >= minMajor ? undefined : `${node} --version gives ${shownVersion}`;
}
