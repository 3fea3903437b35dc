import axios from 'axios';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { runN8n, type Command } from './process';
import type { Session } from './session';

/** A credential as `n8n import:credentials` reads it; n8n encrypts it on the way in. */
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
const WEBHOOK = 'n8n-nodes-base.webhook';

export async function importAll(
	kind: 'credentials' | 'workflow',
	things: CredentialFile[] | Workflow[],
	command: Omit<Command, 'args'>,
	signal?: AbortSignal,
): Promise<void> {
	if (things.length === 0) return;
	const file = join(command.cwd, `import-${kind}.json`);
	await writeFile(file, JSON.stringify(things), { mode: 0o600 });
	try {
		await runN8n({ ...command, args: [`import:${kind}`, `--input=${file}`] }, IMPORT_TIMEOUT_MS, signal);
	} finally {
		await rm(file, { force: true });
	}
}

const startsByItself = ({ type, disabled }: WorkflowNode): boolean =>
	disabled !== true && (type === WEBHOOK || (/Trigger$/.test(type) && !/manualTrigger$/i.test(type)));

/** Through REST, as the editor does it: there n8n checks the workflow and says what is missing. */
export async function publish(workflows: Workflow[], { rest }: Session): Promise<void> {
	for (const { id, name, nodes } of workflows) {
		if (!nodes.some(startsByItself)) continue;
		const { versionId } = await rest<{ versionId: string }>('GET', `/workflows/${id}`);
		await rest('POST', `/workflows/${id}/activate`, { versionId }).catch((error: unknown) => {
			throw new Error(`The workflow "${name}" cannot be published. ${(error as Error).message}`, {
				cause: error,
			});
		});
	}
}

/** Asks without running anything: the answer to a pre-flight lists the methods that are registered. */
export async function isRegistered(url: string, path: string, method: string): Promise<boolean> {
	const { headers } = await axios.options(`${url}/webhook/${path}`, {
		headers: { origin: url },
		timeout: 5_000,
		proxy: false,
		validateStatus: () => true,
	});
	return String(headers['access-control-allow-methods']).includes(method);
}

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
			await sleep(100);
		}
	}
}
