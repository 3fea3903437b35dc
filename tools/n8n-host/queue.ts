import { randomBytes } from 'node:crypto';

import { installCommunityPackage } from './communityPackage';
import { environment, freePort, n8nUrl } from './environment';
import { removeAll } from './files';
import { lastLines } from './lastLines';
import { startN8n, type N8n, type StartOptions } from './n8n';
import { POSTGRES, startPostgres } from './postgres';
import { spawnN8n, type N8nProcess } from './process';
import { startRedis } from './redis';
import { temporaryFolder, type Service } from './service';
import { waitUntilReady } from './startProcess';

/** A worker process of n8n's queue mode. */
export interface Worker extends N8nProcess {
	userFolder: string;
	/** Lists the ids of the executions that it has started or resumed, in that order. */
	executions: () => string[];
}

/**
 * A main process and workers that share nothing but Postgres, Redis and the encryption key, as in containers.
 */
export interface QueuedN8n extends N8n {
	workers: Worker[];
}

export interface QueueOptions extends StartOptions {
	workers: number;
	/** Concurrent executions of each worker. */
	concurrency: number;
}

const ENCRYPTION_KEY_BYTES = 16;

const queueEnv = (port: number, postgres: Service, redis: Service): Record<string, string> => ({
	EXECUTIONS_MODE: 'queue',
	OFFLOAD_MANUAL_EXECUTIONS_TO_WORKERS: 'true',
	// Workers put this URL into callbacks: the main process receives them.
	WEBHOOK_URL: n8nUrl(port),
	N8N_ENCRYPTION_KEY: randomBytes(ENCRYPTION_KEY_BYTES).toString('hex'),
	QUEUE_BULL_REDIS_HOST: '127.0.0.1',
	QUEUE_BULL_REDIS_PORT: String(redis.port),
	// n8n itself warns that it does not support SQLite in queue mode.
	DB_TYPE: 'postgresdb',
	DB_POSTGRESDB_HOST: '127.0.0.1',
	DB_POSTGRESDB_PORT: String(postgres.port),
	DB_POSTGRESDB_USER: POSTGRES.user,
	DB_POSTGRESDB_DATABASE: POSTGRES.database,
});

async function startWorker(
	{ host, packageTarball, concurrency }: QueueOptions,
	extra: Record<string, string>,
): Promise<Worker> {
	const userFolder = await temporaryFolder('worker');
	await installCommunityPackage(packageTarball, userFolder);
	const env = await environment({ host, userFolder, port: await freePort(), extra });
	const args = ['worker', `--concurrency=${concurrency}`];
	const worker = spawnN8n({ host, cwd: userFolder, env, args });
	const isReady = () => worker.log().includes('n8n worker is now ready');
	await waitUntilReady('The worker', worker, isReady).catch((error: unknown) => {
		worker.kill();
		throw new Error(`${(error as Error).message}\n${lastLines(worker.log())}`, { cause: error });
	});
	const executions = () =>
		[...worker.log().matchAll(/Worker started execution (\d+)/g)].map(([, id]) => id ?? '');
	return { ...worker, userFolder, executions };
}

const logsOf = (main: N8n, workers: readonly Worker[]): Record<string, string> => ({
	...main.logs(),
	...Object.fromEntries(workers.map(({ log }, index) => [`worker ${index + 1}`, log()])),
});

/**
 * Starts n8n's distributed engine: Postgres, Redis, a main process and workers. Rejects if one of them does
 * not start; nothing is left running then.
 */
export async function startQueue(options: QueueOptions): Promise<QueuedN8n> {
	const stopFunctions: Array<() => Promise<unknown>> = [];
	const stop = async () => {
		for (const stopOne of stopFunctions.reverse()) await stopOne();
	};
	try {
		const postgres = await startPostgres();
		stopFunctions.push(postgres.stop);
		const redis = await startRedis();
		stopFunctions.push(redis.stop);
		const port = await freePort();
		const env = { ...queueEnv(port, postgres, redis), ...options.env };
		const main = await startN8n({ ...options, port, env });
		stopFunctions.push(main.stop);
		const workers: Worker[] = [];
		const addWorker = async () => {
			const worker = await startWorker(options, env);
			workers.push(worker);
			stopFunctions.push(async () => {
				await worker.stop();
				await removeAll(worker.userFolder);
			});
		};
		await Promise.all(Array.from({ length: options.workers }, addWorker));
		return { ...main, workers, logs: () => logsOf(main, workers), stop };
	} catch (error) {
		await stop();
		throw error;
	}
}
