import type { AxiosRequestConfig, AxiosResponse } from 'axios';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { installCommunityPackage } from './communityPackage';
import { environment, freePort, n8nUrl } from './environment';
import { executionReader, type Execution, type ExecutionOptions, type ReadExecutions } from './executions';
import { removeAll } from './files';
import type { Host } from './install';
import { lastLines } from './lastLines';
import { spawnN8n, type Command, type N8nProcess } from './process';
import type { Report } from './progress';
import { createSession, type Owner } from './session';
import { isServerReady, START_TIMEOUT_MS, waitUntilReady } from './startProcess';
import { postWebhook } from './webhookClient';
import { importEntities, publish, webhooksRegistered, type CredentialFile, type Workflow } from './workflows';

export interface StartOptions {
	host: Host;
	packageTarball: string;
	credentials: CredentialFile[];
	workflows: Workflow[];
	/** Default: a free port. */
	port?: number | undefined;
	/** Folder of n8n's data, which is kept. Default: a temporary folder, which is removed when n8n stops. */
	userFolder?: string | undefined;
	env?: Record<string, string> | undefined;
	report?: Report | undefined;
	signal?: AbortSignal | undefined;
}

/** A running n8n. */
export interface N8n {
	url: string;
	userFolder: string;
	/** Log of the main process. */
	log: () => string;
	/** Logs of all processes by their names: the main process and, in queue mode, each worker. */
	logs: () => Record<string, string>;
	/**
	 * Posts to a published webhook. JSON is returned parsed, anything else as a Buffer. Rejects on no status.
	 */
	webhook: <T = unknown>(
		path: string,
		body?: unknown,
		config?: AxiosRequestConfig,
	) => Promise<AxiosResponse<T>>;
	owner: () => Promise<Owner>;
	/** Calls the REST API as the owner; see `Session`. */
	rest: <T>(method: string, path: string, body?: unknown) => Promise<T>;
	/** Waits until the latest execution of a workflow has settled, and reads it with its run data. */
	execution: (workflowId: string, options?: ExecutionOptions) => Promise<Execution>;
	/** Waits until the latest `count` executions of a workflow have settled, and reads them, oldest first. */
	executions: ReadExecutions;
	/** Reads binary data by the id that n8n gave it. */
	binary: (id: string) => Promise<Buffer>;
	/** Settles with a description of how the main process ended; never rejects. */
	ended: Promise<string>;
	/** Stops n8n and everything it started, and removes its folder unless `userFolder` was given. */
	stop: () => Promise<void>;
	/** Kills n8n at once, as a power failure would. Its folder is kept. */
	kill: () => void;
}

/** Installs the package and imports everything: all that happens before the server starts. */
async function prepareUserFolder(options: StartOptions, command: Omit<Command, 'args'>): Promise<void> {
	const { packageTarball, credentials, workflows, report, signal } = options;
	report?.('Installing the packed node as a community package …');
	await installCommunityPackage(packageTarball, command.cwd);
	if (credentials.length + workflows.length > 0)
		report?.('Importing credentials and workflows (n8n prepares its database) …');
	await importEntities('credentials', credentials, command, signal);
	await importEntities('workflow', workflows, command, signal);
}

/**
 * Creates the handle of a server that has just been spawned, once it is ready and its workflows are
 * published.
 */
async function connect(
	url: string,
	userFolder: string,
	server: N8nProcess,
	{ host, workflows, signal }: StartOptions,
): Promise<Omit<N8n, 'stop'>> {
	await waitUntilReady('n8n', server, async () => await isServerReady(url), signal);
	const session = createSession(url, userFolder);
	await publish(workflows, session);
	await webhooksRegistered(url, workflows, START_TIMEOUT_MS);
	signal?.throwIfAborted();
	const executions = executionReader(host, session);
	return {
		url,
		userFolder,
		log: server.log,
		logs: () => ({ n8n: server.log() }),
		webhook: async (path, body, config) => await postWebhook(`${url}/webhook/${path}`, body, config),
		owner: session.owner,
		rest: session.rest,
		execution: async (workflowId, settings) =>
			(await executions(workflowId, 1, settings))[0] as Execution,
		executions,
		binary: async (id) => await session.download('/binary-data', { id, action: 'download' }),
		ended: server.ended,
		kill: server.kill,
	};
}

/**
 * Starts a real n8n with the package installed as a community package, the credentials imported and the
 * workflows published. Rejects with the end of n8n's log if it does not start; nothing is left running then.
 */
export async function startN8n(options: StartOptions): Promise<N8n> {
	const { host, report, signal } = options;
	const userFolder = options.userFolder ?? (await mkdtemp(join(tmpdir(), 'flux-kontext-n8n-')));
	const removeFolder = async () => {
		if (options.userFolder === undefined) await removeAll(userFolder);
	};
	let server: N8nProcess | undefined;
	try {
		await mkdir(userFolder, { recursive: true });
		const port = options.port ?? (await freePort());
		const env = await environment({ host, userFolder, port, extra: options.env });
		const command = { host, cwd: userFolder, env };
		await prepareUserFolder(options, command);
		report?.('Starting n8n …');
		const started = spawnN8n({ ...command, args: ['start'] });
		server = started;
		const n8n = await connect(n8nUrl(port), userFolder, started, options);
		report?.(`n8n is up at ${n8n.url}`);
		const stop = async () => {
			await started.stop();
			await removeFolder();
		};
		return { ...n8n, stop };
	} catch (error) {
		server?.kill();
		await server?.ended;
		await removeFolder();
		const log = server?.log();
		if (signal?.aborted === true || log === undefined) throw error;
		throw new Error(`${(error as Error).message}\nThe end of n8n's log:\n${lastLines(log)}`, {
			cause: error,
		});
	}
}
