import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { access, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { readIfThere } from './cached-folder';
import { withProgress, type Report } from './progress';

export interface NpmRun {
	args: string[];
	cwd: string;
	/** Where npm's output goes; appended to. */
	log: string;
	/** What is being done, for the progress lines and the error. */
	what: string;
	timeoutMs: number;
	report?: Report | undefined;
	signal?: AbortSignal | undefined;
}

const entries = async (dir: string) => await readdir(dir).catch(() => [] as string[]);

const isFile = async (path: string) =>
	await access(path).then(
		() => true,
		() => false,
	);

/** npm makes all folders first and fills them later: unpacked is what counts. */
async function unpacked(nodeModules: string): Promise<string> {
	const names: string[] = [];
	for (const entry of await entries(nodeModules)) {
		if (entry.startsWith('.')) continue;
		if (!entry.startsWith('@')) names.push(entry);
		else names.push(...(await entries(join(nodeModules, entry))).map((name) => join(entry, name)));
	}
	if (names.length === 0) return 'resolving versions';
	const filled = await Promise.all(
		names.map(async (name) => await isFile(join(nodeModules, name, 'package.json'))),
	);
	return `${filled.filter(Boolean).length} of ${names.length} packages unpacked`;
}

export const lastLines = (text: string, lines = 30): string =>
	text.trimEnd().split('\n').slice(-lines).join('\n');

/** Why it failed, or undefined. */
async function run({ args, cwd, log, timeoutMs, signal }: NpmRun): Promise<string | undefined> {
	const output = createWriteStream(log, { flags: 'a' });
	output.write(`\n> npm ${args.join(' ')}\n`);
	const child = spawn('npm', [...args, '--no-audit', '--no-fund', '--no-progress'], {
		cwd,
		// For node-gyp: all cores.
		env: { ...process.env, JOBS: 'max' },
		stdio: ['ignore', 'pipe', 'pipe'],
		shell: process.platform === 'win32',
	});
	child.stdout.pipe(output, { end: false });
	child.stderr.pipe(output, { end: false });

	// Asked politely, npm finishes first and then takes minutes to undo it all.
	const kill = () => child.kill('SIGKILL');
	let timedOut = false;
	const deadline = setTimeout(() => {
		timedOut = true;
		kill();
	}, timeoutMs);
	signal?.addEventListener('abort', kill, { once: true });
	process.once('exit', kill);
	const outcome = await new Promise<string | undefined>((resolve) => {
		child.once('error', (error) => resolve(error.message));
		child.once('close', (code, killedBy) => {
			if (timedOut) resolve(`no end after ${Math.round(timeoutMs / 60_000)} minutes`);
			else resolve(code === 0 ? undefined : `npm ended with ${killedBy ?? `status ${String(code)}`}`);
		});
	});
	clearTimeout(deadline);
	signal?.removeEventListener('abort', kill);
	process.removeListener('exit', kill);
	await new Promise<void>((resolve) => output.end(resolve));
	return outcome;
}

/** Runs npm with its output in a log file and a progress line at least every ten seconds. */
export async function npm(options: NpmRun): Promise<void> {
	const { args, cwd, log, what, report, signal } = options;
	signal?.throwIfAborted();
	await mkdir(dirname(log), { recursive: true });
	const state = args[0] === 'install' ? async () => await unpacked(join(cwd, 'node_modules')) : undefined;
	const work = async () => {
		const outcome = await run(options);
		signal?.throwIfAborted();
		if (outcome === undefined) return;
		const end = lastLines((await readIfThere(log)) ?? '');
		throw new Error(`${what} failed: ${outcome}\n${end}\n(all of it in ${log})`);
	};
	await withProgress(what, report, work, state);
}
