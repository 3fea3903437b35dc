import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { installCommunityPackage } from './community-package';
import { environment, freePort, n8nUrl } from './environment';
import { startN8n, type N8n, type StartOptions } from './n8n';
import { lastLines } from './npm';
import { spawnN8n, type N8nProcess } from './process';
import { POSTGRES, startPostgres, startRedis, type Service } from './service';

export interface Worker extends N8nProcess {
	userFolder: string;
	/** The executions that it has begun or gone on with, by their ids, in that order. */
	executions: () => string[];
}

/** A main process and workers that share nothing but Postgres, Redis and the encryption key, as in containers. */
export interface QueuedN8n extends N8n {
	workers: Worker[];
}

export interface QueueOptions extends StartOptions {
	workers: number;
	/** Executions at a time, of each worker. */
	concurrency: number;
}

const UP_MS = 120_000;

const queueEnv = (port: number, postgres: Service, redis: Service): Record<string, string> => ({
	EXECUTIONS_MODE: 'queue',
	OFFLOAD_MANUAL_EXECUTIONS_TO_WORKERS: 'true',
	// Workers tell it to the providers: it is main that they call.
	WEBHOOK_URL: n8nUrl(port),
	N8N_ENCRYPTION_KEY: randomBytes(16).toString('hex'),
	QUEUE_BULL_REDIS_HOST: '127.0.0.1',
	QUEUE_BULL_REDIS_PORT: String(redis.port),
	// n8n itself warns that SQLite is not supported here.
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
	const userFolder = await mkdtemp(join(tmpdir(), 'flux-kontext-worker-'));
	await installCommunityPackage(packageTarball, userFolder);
	const env = await environment({ host, userFolder, port: await freePort(), extra });
	const started = spawnN8n({
		host,
		cwd: userFolder,
		env,
		args: ['worker', `--concurrency=${concurrency}`],
	});
	let gone: string | undefined;
	void started.ended.then((how) => (gone = how));
	const deadline = Date.now() + UP_MS;
	while (!started.log().includes('n8n worker is now ready')) {
		if (gone !== undefined || Date.now() > deadline) {
			started.kill();
			throw new Error(
				`The worker did not start (${gone ?? 'not in time'})\n${lastLines(started.log())}`,
			);
		}
		await sleep(100);
	}
	const executions = () =>
		[...started.log().matchAll(/Worker started execution (\d+)/g)].map(([, id]) => id ?? '');
	return { ...started, userFolder, executions };
}

/** n8n's own distributed engine, whole: Postgres, Redis, a main process and workers. */
export async function startQueue(options: QueueOptions): Promise<QueuedN8n> {
	const running: Array<() => Promise<unknown>> = [];
	const stop = async () => {
		for (const end of running.reverse()) await end();
	};
	try {
		const postgres = await startPostgres();
		running.push(postgres.stop);
		const redis = await startRedis();
		running.push(redis.stop);
		const port = await freePort();
		const env = { ...queueEnv(port, postgres, redis), ...options.env };
		const main = await startN8n({ ...options, port, env });
		running.push(main.stop);
		const workers: Worker[] = [];
		const add = async () => {
			const worker = await startWorker(options, env);
			workers.push(worker);
			running.push(async () => {
				await worker.stop();
				await rm(worker.userFolder, { recursive: true, force: true, maxRetries: 5 });
			});
		};
		await Promise.all(Array.from({ length: options.workers }, add));
		return { ...main, workers, stop };
	} catch (error) {
		await stop();
		throw error;
	}
}
