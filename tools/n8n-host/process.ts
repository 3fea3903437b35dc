import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';

import type { Host } from './install';
import { lastLines } from './lastLines';

/** A running process of n8n with everything it started. */
export interface N8nProcess {
	/** Both output streams, limited to the last four million characters. */
	log: () => string;
	/** Settles with a description of how the process ended, such as "status 0"; never rejects. */
	ended: Promise<string>;
	/**
	 * Sends SIGTERM, then SIGKILL to the process group after 15 seconds. Resolves when all of it has ended.
	 */
	stop: () => Promise<void>;
	/** Kills the process group at once, as a power failure would. */
	kill: () => void;
}

export interface Command {
	host: Host;
	args: string[];
	cwd: string;
	env: NodeJS.ProcessEnv;
}

const STOP_TIMEOUT_MS = 15_000;
const MAX_LOG_CHARS = 4_000_000;

/** Starts n8n in a process group of its own that ends together with this process. */
export function spawnN8n({ host, args, cwd, env }: Command): N8nProcess {
	const child = spawn(host.node, ['-r', join(__dirname, 'exitWithParent.cjs'), host.n8n, ...args], {
		cwd,
		env,
		detached: process.platform !== 'win32',
		stdio: ['pipe', 'pipe', 'pipe'],
	});
	let log = '';
	const append = (chunk: string) => {
		log = (log + chunk).slice(-MAX_LOG_CHARS);
	};
	child.stdout.setEncoding('utf8').on('data', append);
	child.stderr.setEncoding('utf8').on('data', append);
	child.stdin.on('error', () => undefined);

	const ended = new Promise<string>((resolve) => {
		child.once('error', (error) => resolve(error.message));
		child.once('close', (code, signal) => resolve(signal ?? `status ${String(code)}`));
	});
	const kill = () => {
		if (child.pid === undefined) return;
		try {
			if (process.platform === 'win32') child.kill('SIGKILL');
			else process.kill(-child.pid, 'SIGKILL');
		} catch (error) {
			// ESRCH: the group has ended already.
			if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
		}
	};
	const stop = async () => {
		child.kill('SIGTERM');
		await withTimeout(ended, STOP_TIMEOUT_MS);
		kill();
		await ended;
	};
	return { log: () => log, ended, kill, stop };
}

/** Waits until the promise settles, but no longer than `timeoutMs`. */
async function withTimeout(promise: Promise<unknown>, timeoutMs: number): Promise<void> {
	const timer = new AbortController();
	await Promise.race([
		promise,
		sleep(timeoutMs, undefined, { signal: timer.signal }).catch(() => undefined),
	]);
	timer.abort();
}

/**
 * Runs one of n8n's commands until it ends. Rejects with the end of its log unless it exits with status 0.
 */
export async function runN8n(command: Command, timeoutMs: number, signal?: AbortSignal): Promise<void> {
	const n8n = spawnN8n(command);
	const onAbort = () => n8n.kill();
	const deadline = setTimeout(() => n8n.kill(), timeoutMs);
	signal?.addEventListener('abort', onAbort, { once: true });
	const outcome = await n8n.ended;
	clearTimeout(deadline);
	signal?.removeEventListener('abort', onAbort);
	signal?.throwIfAborted();
	if (outcome === 'status 0') return;
	throw new Error(`n8n ${command.args.join(' ')} ended with ${outcome}\n${lastLines(n8n.log())}`);
}
