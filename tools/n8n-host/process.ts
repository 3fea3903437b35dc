import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';

import type { Host } from './install';
import { lastLines } from './npm';

export interface N8nProcess {
	log: () => string;
	/** Settles when the process has ended, with how it ended. */
	ended: Promise<string>;
	/** Asks it to stop, insists after a while; everything it started is gone afterwards. */
	stop: () => Promise<void>;
	/** What a power cut does. */
	kill: () => void;
}

export interface Command {
	host: Host;
	args: string[];
	cwd: string;
	env: NodeJS.ProcessEnv;
}

const STOP_MS = 15_000;
const MAX_LOG = 4_000_000;

/** Starts n8n in a process group of its own, tied to the life of this process. */
export function spawnN8n({ host, args, cwd, env }: Command): N8nProcess {
	const child = spawn(host.node, ['-r', join(__dirname, 'leash.cjs'), host.n8n, ...args], {
		cwd,
		env,
		detached: process.platform !== 'win32',
		stdio: ['pipe', 'pipe', 'pipe'],
	});
	let log = '';
	const collect = (chunk: string) => {
		log = (log + chunk).slice(-MAX_LOG);
	};
	child.stdout.setEncoding('utf8').on('data', collect);
	child.stderr.setEncoding('utf8').on('data', collect);
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
			if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
		}
	};
	return {
		log: () => log,
		ended,
		kill,
		stop: async () => {
			child.kill('SIGTERM');
			const giveUp = new AbortController();
			await Promise.race([
				ended,
				sleep(STOP_MS, undefined, { signal: giveUp.signal }).catch(() => undefined),
			]);
			giveUp.abort();
			kill();
			await ended;
		},
	};
}

/** Runs one of n8n's commands to its end. */
export async function runN8n(command: Command, timeoutMs: number, signal?: AbortSignal): Promise<void> {
	const started = spawnN8n(command);
	const onAbort = () => started.kill();
	const deadline = setTimeout(() => started.kill(), timeoutMs);
	signal?.addEventListener('abort', onAbort, { once: true });
	const outcome = await started.ended;
	clearTimeout(deadline);
	signal?.removeEventListener('abort', onAbort);
	signal?.throwIfAborted();
	if (outcome === 'status 0') return;
	throw new Error(`n8n ${command.args.join(' ')} ended with ${outcome}\n${lastLines(started.log())}`);
}
