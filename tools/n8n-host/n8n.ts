import axios, { type AxiosRequestConfig, type AxiosResponse } from 'axios';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { installCommunityPackage } from './community-package';
import { environment, freePort, n8nUrl } from './environment';
import { executions, type Execution, type ExecutionOptions } from './executions';
import type { Host } from './install';
import { lastLines } from './npm';
import { spawnN8n, type N8nProcess } from './process';
import { session, type Owner } from './session';
import { importAll, publish, webhooksRegistered, type CredentialFile, type Workflow } from './workflows';

export interface StartOptions {
	host: Host;
	packageTarball: string;
	credentials: CredentialFile[];
	workflows: Workflow[];
	port?: number | undefined;
	/** Kept when given; otherwise a temporary one that is removed on stop. */
	userFolder?: string | undefined;
	env?: Record<string, string> | undefined;
	report?: ((line: string) => void) | undefined;
	signal?: AbortSignal | undefined;
}

export interface N8n {
	url: string;
	userFolder: string;
	log: () => string;
	/** Posts to a published webhook. JSON comes back parsed, anything else as a Buffer; no status throws. */
	webhook: <T = unknown>(
		path: string,
		body?: unknown,
		config?: AxiosRequestConfig,
	) => Promise<AxiosResponse<T>>;
	owner: () => Promise<Owner>;
	rest: <T>(method: string, path: string, body?: unknown) => Promise<T>;
	/** The latest execution of a workflow with all its data, once it has come to rest. */
	execution: (workflowId: string, options?: ExecutionOptions) => Promise<Execution>;
	/** The latest so many, the oldest of them first. */
	executions: (workflowId: string, count: number, options?: ExecutionOptions) => Promise<Execution[]>;
	/** A binary of an execution by the id that n8n gave it. */
	binary: (id: string) => Promise<Buffer>;
	/** Settles when n8n has ended, with how it ended. */
	ended: Promise<string>;
	/** Ends n8n and all it started; removes its folder unless that was given. */
	stop: () => Promise<void>;
	/** What a power cut does; the folder stays. */
	kill: () => void;
}

const UP_MS = 120_000;
const WEBHOOK_MS = 180_000;

async function ready(url: string, running: N8nProcess, signal?: AbortSignal): Promise<void> {
	let gone: string | undefined;
	void running.ended.then((how) => (gone = how));
	const deadline = Date.now() + UP_MS;
	const answers = async () =>
		await axios.get(`${url}/healthz/readiness`, { timeout: 2_000, proxy: false }).then(
			() => true,
			() => false,
		);
	while (!(await answers())) {
		signal?.throwIfAborted();
		if (gone !== undefined) throw new Error(`n8n ended with ${gone} while starting`);
		if (Date.now() > deadline) throw new Error(`n8n was not ready after ${UP_MS / 1000} s`);
		await sleep(100);
	}
}

async function post<T>(url: string, body: unknown, config?: AxiosRequestConfig): Promise<AxiosResponse<T>> {
	const response = await axios.post<ArrayBuffer>(url, body, {
		timeout: WEBHOOK_MS,
		...config,
		proxy: false,
		responseType: 'arraybuffer',
		maxContentLength: Infinity,
		maxBodyLength: Infinity,
		validateStatus: () => true,
	});
	const bytes = Buffer.from(response.data);
	const isJson = String(response.headers['content-type']).includes('application/json');
	return { ...response, data: (isJson && bytes.length > 0 ? JSON.parse(bytes.toString()) : bytes) as T };
}

/** A real n8n with the package installed the community way, the credentials in place and the workflows published. */
export async function startN8n(options: StartOptions): Promise<N8n> {
	const { host, packageTarball, credentials, workflows, report, signal } = options;
	const userFolder = options.userFolder ?? (await mkdtemp(join(tmpdir(), 'flux-kontext-n8n-')));
	const removeFolder = async () => {
		if (options.userFolder === undefined)
			await rm(userFolder, { recursive: true, force: true, maxRetries: 5 });
	};
	let running: N8nProcess | undefined;
	try {
		await mkdir(userFolder, { recursive: true });
		const port = options.port ?? (await freePort());
		const url = n8nUrl(port);
		const env = await environment({ host, userFolder, port, extra: options.env });
		const command = { host, cwd: userFolder, env };

		report?.('Installing the packed node as a community package …');
		await installCommunityPackage(packageTarball, userFolder);
		if (credentials.length + workflows.length > 0)
			report?.('Importing credentials and workflows (n8n prepares its database) …');
		await importAll('credentials', credentials, command, signal);
		await importAll('workflow', workflows, command, signal);
		report?.('Starting n8n …');
		const started = spawnN8n({ ...command, args: ['start'] });
		running = started;
		await ready(url, started, signal);
		const access = session(url, userFolder);
		await publish(workflows, access);
		await webhooksRegistered(url, workflows, UP_MS);
		signal?.throwIfAborted();
		report?.(`n8n is up at ${url}`);
		const all = executions(host, access);

		return {
			url,
			userFolder,
			log: started.log,
			webhook: async (path, body, config) => await post(`${url}/webhook/${path}`, body, config),
			owner: access.owner,
			rest: access.rest,
			execution: async (workflowId, settings) => (await all(workflowId, 1, settings))[0] as Execution,
			executions: all,
			binary: async (id) => await access.download('/binary-data', { id, action: 'download' }),
			ended: started.ended,
			stop: async () => {
				await started.stop();
				await removeFolder();
			},
			kill: started.kill,
		};
	} catch (error) {
		running?.kill();
		await running?.ended;
		await removeFolder();
		const log = running?.log();
		if (signal?.aborted === true || log === undefined) throw error;
		throw new Error(`${(error as Error).message}\nThe end of n8n's log:\n${lastLines(log)}`, {
			cause: error,
		});
	}
}
