import { execFile } from 'node:child_process';
import { chown, rm } from 'node:fs/promises';
import { promisify } from 'node:util';

import { freePort } from './environment';
import { startService, temporaryFolder, type Service, type SystemUser } from './service';
import { systemProgram } from './systemProgram';

const run = promisify(execFile);

/** User and database that `startPostgres` creates. */
export const POSTGRES = { user: 'n8n', database: 'postgres' };

/** Trades durability for speed: the data need not survive the server. */
const SETTINGS = [
	'fsync=off',
	'synchronous_commit=off',
	'full_page_writes=off',
	'unix_socket_directories=',
	'max_connections=60',
];

/** Finds the user that Debian's package creates, because Postgres refuses to run as root. */
async function unprivilegedUser(): Promise<SystemUser | undefined> {
	if (process.getuid?.() !== 0) return undefined;
	const readId = async (flag: '-u' | '-g') => Number((await run('id', [flag, 'postgres'])).stdout);
	return { uid: await readId('-u'), gid: await readId('-g') };
}

async function createCluster(folder: string, user: SystemUser | undefined): Promise<void> {
	const storage = ['--no-sync', '--encoding=UTF8', '--no-locale'];
	const args = ['-D', folder, '-U', POSTGRES.user, '--auth=trust', ...storage];
	try {
		const initdb = await systemProgram('initdb', 'postgresql');
		if (user) await chown(folder, user.uid, user.gid);
		await run(initdb, args, { cwd: folder, ...user });
	} catch (error) {
		await rm(folder, { recursive: true, force: true });
		throw error;
	}
}

/** Starts a Postgres server that listens on this machine only, with an empty database. */
export async function startPostgres(): Promise<Service> {
	const server = await systemProgram('postgres', 'postgresql');
	const isReady = await systemProgram('pg_isready', 'postgresql-client');
	const user = await unprivilegedUser();
	const [folder, port] = [await temporaryFolder('postgres'), await freePort()];
	await createCluster(folder, user);
	const address = ['-h', '127.0.0.1', '-p', String(port)];
	const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
	const database = ['-U', POSTGRES.user, '-d', POSTGRES.database];
	const ping = async () => await run(isReady, [...address, ...database]);
	const command: [string, ...string[]] = [server, '-D', folder, ...address, ...settings];
	return await startService({ command, signal: 'QUIT', folder, port, user, ping });
}
