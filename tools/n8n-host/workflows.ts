import axios from 'axios';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { runN8n, type Command } from './process';
import type { Session } from './session';

/** A credential as `n8n import:credentials` reads it. n8n encrypts the data when it imports it. */
export interface CredentialFile {
	id: string;
	name: string;
	type: string;
	data: Record<string, unknown>;
}

export interface WorkflowNode {
	id: string;
	name: string;
	type: string;
	typeVersion: number;
	position: [number, number];
	parameters: Record<string, unknown>;
	credentials?: Record<string, { id: string; name: string }>;
	webhookId?: string;
	disabled?: boolean;
	[setting: string]: unknown;
}

/** A workflow as n8n exports it. */
export interface Workflow {
	id: string;
	name: string;
	nodes: WorkflowNode[];
	connections: Record<string, unknown>;
	settings?: Record<string, unknown>;
	[field: string]: unknown;
}

const IMPORT_TIMEOUT_MS = 120_000;
const PREFLIGHT_TIMEOUT_MS = 5_000;
const POLL_MS = 100;
const WEBHOOK = 'n8n-nodes-base.webhook';

/** Imports credentials or workflows with n8n's command line. n8n must not be running. */
export async function importEntities(
	kind: 'credentials' | 'workflow',
	entities: CredentialFile[] | Workflow[],
	command: Omit<Command, 'args'>,
	signal?: AbortSignal,
): Promise<void> {
	if (entities.length === 0) return;
	const file = join(command.cwd, `import-${kind}.json`);
	await writeFile(file, JSON.stringify(entities), { mode: 0o600 });
	try {
		await runN8n({ ...command, args: [`import:${kind}`, `--input=${file}`] }, IMPORT_TIMEOUT_MS, signal);
	} finally {
		await rm(file, { force: true });
	}
}

const isTrigger = ({ type, disabled }: WorkflowNode): boolean =>
	disabled !== true && (type === WEBHOOK || (/Trigger$/.test(type) && !/manualTrigger$/i.test(type)));

/**
 * Publishes every workflow that has a trigger, through the REST API as the editor does: on that path n8n
 * checks the workflow and names what is missing. Rejects with that.
 */
export async function publish(workflows: Workflow[], { rest }: Session): Promise<void> {
	for (const { id, name, nodes } of workflows) {
		if (!nodes.some(isTrigger)) continue;
		const { versionId } = await rest<{ versionId: string }>('GET', `/workflows/${id}`);
		await rest('POST', `/workflows/${id}/activate`, { versionId }).catch((error: unknown) => {
			throw new Error(`The workflow "${name}" cannot be published. ${(error as Error).message}`, {
				cause: error,
			});
		});
	}
}

/**
 * Tells whether n8n has a webhook, without running it: the answer to a preflight request lists the methods.
 */
export async function isRegistered(url: string, path: string, method: string): Promise<boolean> {
	const { headers } = await axios.options(`${url}/webhook/${path}`, {
		headers: { origin: url },
		timeout: PREFLIGHT_TIMEOUT_MS,
		proxy: false,
		validateStatus: () => true,
	});
	return String(headers['access-control-allow-methods']).includes(method);
}

/** Waits until n8n has registered every webhook node of the workflows. Rejects after `timeoutMs`. */
export async function webhooksRegistered(
	url: string,
	workflows: Workflow[],
	timeoutMs: number,
): Promise<void> {
	const deadline = Date.now() + timeoutMs;
	for (const node of workflows.flatMap(({ nodes }) => nodes)) {
		if (node.type !== WEBHOOK || node.disabled === true) continue;
		const { path, httpMethod: method = 'GET' } = node.parameters as { path: string; httpMethod?: string };
		while (!(await isRegistered(url, path, method))) {
			if (Date.now() > deadline)
				throw new Error(`The webhook ${method} ${path} was not registered in time`);
			await sleep(POLL_MS);
		}
	}
}
