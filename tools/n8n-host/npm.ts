import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { pathExists, readFileIfExists } from './files';
import { lastLines } from './lastLines';
import { withProgress, type Report } from './progress';

export interface NpmRun {
	args: string[];
	cwd: string;
	/** File to which npm's output is appended. */
	log: string;
	/** What npm does, such as "Installing n8n", for the progress lines and the error. */
	task: string;
	timeoutMs: number;
	report?: Report | undefined;
	signal?: AbortSignal | undefined;
}

const entriesOf = async (dir: string) => await readdir(dir).catch(() => [] as string[]);

/**
 * Describes an installation's progress. npm creates all folders first and fills them later, so filled ones
 * count.
 */
async function describeUnpacked(nodeModules: string): Promise<string> {
	const names: string[] = [];
	for (const entry of await entriesOf(nodeModules)) {
		if (entry.startsWith('.')) continue;
		if (!entry.startsWith('@')) names.push(entry);
		else names.push(...(await entriesOf(join(nodeModules, entry))).map((name) => join(entry, name)));
	}
	if (names.length === 0) return 'resolving versions';
	const filled = await Promise.all(
		names.map(async (name) => await pathExists(join(nodeModules, name, 'package.json'))),
	);
	return `${filled.filter(Boolean).length} of ${names.length} packages unpacked`;
}

/** Runs npm. Resolves to the reason why it failed, or to undefined; never rejects. */
async function run({ args, cwd, log, timeoutMs, signal }: NpmRun): Promise<string | undefined> {
	const output = createWriteStream(log, { flags: 'a' });
	output.write(`\n> npm ${args.join(' ')}\n`);
	const child = spawn('npm', [...args, '--no-audit', '--no-fund', '--no-progress'], {
		cwd,
		// node-gyp reads JOBS: compile on all cores.
		env: { ...process.env, JOBS: 'max' },
		stdio: ['ignore', 'pipe', 'pipe'],
		shell: process.platform === 'win32',
	});
	child.stdout.pipe(output, { end: false });
	child.stderr.pipe(output, { end: false });

	// SIGKILL: after a SIGTERM npm finishes its current work and then takes minutes to roll everything back.
	const kill = () => child.kill('SIGKILL');
	let timedOut = false;
	const deadline = setTimeout(() => {
		timedOut = true;
		kill();
	}, timeoutMs);
	signal?.addEventListener('abort', kill, { once: true });
	process.once('exit', kill);
	const failure = await new Promise<string | undefined>((resolve) => {
		child.once('error', (error) => resolve(error.message));
		child.once('close', (code, killedBy) => {
			if (timedOut) resolve(`npm did not end within ${Math.round(timeoutMs / 60_000)} minutes`);
			else resolve(code === 0 ? undefined : `npm ended with ${killedBy ?? `status ${String(code)}`}`);
		});
	});
	clearTimeout(deadline);
	signal?.removeEventListener('abort', kill);
	process.removeListener('exit', kill);
	await new Promise<void>((resolve) => output.end(resolve));
	return failure;
}

/**
 * Runs npm with its output in a log file and a progress line at least every ten seconds. Rejects with the end
 * of the log if npm fails, and with the signal's reason if it is aborted.
 */
export async function npm(options: NpmRun): Promise<void> {
	const { args, cwd, log, task, report, signal } = options;
	signal?.throwIfAborted();
	await mkdir(dirname(log), { recursive: true });
	const describeState =
		args[0] === 'install' ? async () => await describeUnpacked(join(cwd, 'node_modules')) : undefined;
	const work = async () => {
		const failure = await run(options);
		signal?.throwIfAborted();
		if (failure === undefined) return;
		const end = lastLines((await readFileIfExists(log)) ?? '');
		throw new Error(`${task} failed: ${failure}\n${end}\n(the whole log is in ${log})`);
	};
	await withProgress(task, report, work, describeState);
}
