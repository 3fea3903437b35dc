import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { freePort } from './environment';
import { startService, temporaryFolder, type Service } from './service';
import { systemProgram } from './systemProgram';

const run = promisify(execFile);

/** Starts a Redis server that listens on this machine only and keeps its data in memory only. */
export async function startRedis(): Promise<Service> {
	const server = await systemProgram('redis-server', 'redis-server');
	const client = await systemProgram('redis-cli', 'redis-tools');
	const [folder, port] = [await temporaryFolder('redis'), await freePort()];
	const network = ['--port', String(port), '--bind', '127.0.0.1'];
	const noPersistence = ['--save', '', '--appendonly', 'no', '--dir', folder];
	const ping = async () => {
		const { stdout } = await run(client, ['-p', String(port), 'ping']);
		if (stdout.trim() !== 'PONG') throw new Error(`Redis answered a ping with ${stdout.trim()}`);
	};
	const command: [string, ...string[]] = [server, ...network, ...noPersistence];
	return await startService({ command, signal: 'TERM', folder, port, ping });
}
