import { spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { removeAll } from './files';

/** A server that n8n's queue mode needs, on a port of its own. Its data is removed when it stops. */
export interface Service {
	port: number;
	stop: () => Promise<void>;
}

/** User that a server runs as. */
export interface SystemUser {
	uid: number;
	gid: number;
}

export interface ServiceProgram {
	/** Path and arguments. */
	command: [path: string, ...args: string[]];
	/** Signal that makes the server exit immediately. */
	signal: 'TERM' | 'QUIT';
	/** Working folder, which is removed when the server stops. */
	folder: string;
	port: number;
	user?: SystemUser | undefined;
	/** Resolves if the server answers; rejects otherwise. */
	ping: () => Promise<unknown>;
}

const START_TIMEOUT_MS = 30_000;
const PING_INTERVAL_MS = 50;
const MAX_LOG_CHARS = 20_000;

/**
 * Shell script that runs its arguments and signals them at the end of its standard input. That input is a
 * pipe to this process, so the server ends when this process does, however it ends.
 */
const stopAtEndOfInput = (signal: string) => `"$@" & read -r _; kill -${signal} $!; wait`;

/** Creates a temporary folder whose name says what it is for. */
export const temporaryFolder = async (name: string): Promise<string> =>
	await mkdtemp(join(tmpdir(), `flux-kontext-${name}-`));

/** Starts a server and waits until it answers. Rejects with its output if it does not within 30 seconds. */
export async function startService(program: ServiceProgram): Promise<Service> {
	const { command, signal, folder, port, user, ping } = program;
	const child = spawn('/bin/sh', ['-c', stopAtEndOfInput(signal), 'sh', ...command], {
		cwd: folder,
		stdio: ['pipe', 'pipe', 'pipe'],
		...user,
	});
	let log = '';
	const append = (chunk: string) => {
		log = (log + chunk).slice(-MAX_LOG_CHARS);
	};
	child.stdout.setEncoding('utf8').on('data', append);
	child.stderr.setEncoding('utf8').on('data', append);
	child.stdin.on('error', () => undefined);
	const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
	const stop = async () => {
		child.stdin.end();
		await ended;
		await removeAll(folder);
	};
	const isUp = async () =>
		await ping().then(
			() => true,
			() => false,
		);
	const deadline = Date.now() + START_TIMEOUT_MS;
	while (!(await isUp())) {
		if (Date.now() > deadline) {
			await stop();
			throw new Error(`${command[0]} did not answer within ${START_TIMEOUT_MS / 1000} s\n${log}`);
		}
		await sleep(PING_INTERVAL_MS);
	}
	return { port, stop };
}
