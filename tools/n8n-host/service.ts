import { execFile, spawn } from 'node:child_process';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { freePort } from './environment';
import { tool } from './tools';

const run = promisify(execFile);

/** A server that n8n needs, on a port of its own, with nothing kept after its stop. */
export interface Service {
	port: number;
	stop: () => Promise<void>;
}

interface User {
	uid: number;
	gid: number;
}

interface Program {
	/** Path and arguments. */
	command: string[];
	/** What ends it at once. */
	signal: 'TERM' | 'QUIT';
	folder: string;
	port: number;
	user?: User | undefined;
	/** Resolves when it answers, rejects until then. */
	answers: () => Promise<unknown>;
}

const UP_MS = 30_000;

/** The shell reads what never comes: when the process that started it is gone, however it ended, the server ends too. */
const LEASH = (signal: string) => `"$@" & read -r _; kill -${signal} $!; wait`;

async function start({ command, signal, folder, port, user, answers }: Program): Promise<Service> {
	const child = spawn('/bin/sh', ['-c', LEASH(signal), 'sh', ...command], {
		cwd: folder,
		stdio: ['pipe', 'pipe', 'pipe'],
		...user,
	});
	let log = '';
	const collect = (chunk: string) => {
		log = (log + chunk).slice(-20_000);
	};
	child.stdout.setEncoding('utf8').on('data', collect);
	child.stderr.setEncoding('utf8').on('data', collect);
	child.stdin.on('error', () => undefined);
	const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
	const stop = async () => {
		child.stdin.end();
		await ended;
		await rm(folder, { recursive: true, force: true, maxRetries: 5 });
	};
	const isUp = async () =>
		await answers().then(
			() => true,
			() => false,
		);
	const deadline = Date.now() + UP_MS;
	while (!(await isUp())) {
		if (Date.now() > deadline) {
			await stop();
			throw new Error(`${command[0]} did not answer after ${UP_MS / 1000} s\n${log}`);
		}
		await sleep(50);
	}
	return { port, stop };
}

const temporary = async (name: string) => await mkdtemp(join(tmpdir(), `flux-kontext-${name}-`));

/** Redis on this machine only, in memory only. */
export async function startRedis(): Promise<Service> {
	const [server, client] = [
		await tool('redis-server', 'redis-server'),
		await tool('redis-cli', 'redis-tools'),
	];
	const [folder, port] = [await temporary('redis'), await freePort()];
	const options = [
		'--port',
		String(port),
		'--bind',
		'127.0.0.1',
		'--save',
		'',
		'--appendonly',
		'no',
		'--dir',
		folder,
	];
	const answers = async () => {
		const { stdout } = await run(client, ['-p', String(port), 'ping']);
		if (stdout.trim() !== 'PONG') throw new Error(stdout);
	};
	return await start({ command: [server, ...options], signal: 'TERM', folder, port, answers });
}

/** Postgres refuses to run as root; its package brings a user for it. */
async function postgresUser(): Promise<User | undefined> {
	if (process.getuid?.() !== 0) return undefined;
	const idOf = async (kind: '-u' | '-g') => Number((await run('id', [kind, 'postgres'])).stdout);
	return { uid: await idOf('-u'), gid: await idOf('-g') };
}

export const POSTGRES = { user: 'n8n', database: 'postgres' };

/** Postgres on this machine only, whose data need not survive. */
export async function startPostgres(): Promise<Service> {
	const server = await tool('postgres', 'postgresql');
	const [initdb, isReady] = [
		await tool('initdb', 'postgresql'),
		await tool('pg_isready', 'postgresql-client'),
	];
	const [folder, port, user] = [await temporary('postgres'), await freePort(), await postgresUser()];
	if (user) await chown(folder, user.uid, user.gid);
	const settings = [
		'fsync=off',
		'synchronous_commit=off',
		'full_page_writes=off',
		'unix_socket_directories=',
		'max_connections=60',
	];
	try {
		await run(
			initdb,
			[
				'-D',
				folder,
				'-U',
				POSTGRES.user,
				'--auth=trust',
				'--no-sync',
				'--encoding=UTF8',
				'--no-locale',
			],
			{ cwd: folder, ...user },
		);
	} catch (error) {
		await rm(folder, { recursive: true, force: true });
		throw error;
	}
	const command = [
		server,
		'-D',
		folder,
		'-h',
		'127.0.0.1',
		'-p',
		String(port),
		...settings.flatMap((setting) => ['-c', setting]),
	];
	const answers = async () =>
		await run(isReady, [
			'-h',
			'127.0.0.1',
			'-p',
			String(port),
			'-U',
			POSTGRES.user,
			'-d',
			POSTGRES.database,
		]);
	return await start({ command, signal: 'QUIT', folder, port, user, answers });
}
