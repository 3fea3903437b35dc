import { createRequire } from 'node:module';
import type { ExecutionStatus, IRunExecutionData } from 'n8n-workflow';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Host } from './install';
import type { Session } from './session';

export interface Execution {
	id: string;
	workflowId: string;
	status: ExecutionStatus;
	startedAt: string;
	stoppedAt: string | null;
	data: IRunExecutionData;
}

export interface ExecutionOptions {
	/** Which states to wait for; by default any in which nothing moves any more. */
	status?: ExecutionStatus[] | undefined;
	timeoutMs?: number | undefined;
}

const AT_REST: ExecutionStatus[] = ['success', 'error', 'crashed', 'canceled', 'waiting'];
const DEFAULT_TIMEOUT_MS = 30_000;
const POLL_MS = 250;

type Flatted = { parse(text: string): unknown };

export function executions(host: Host, { rest }: Session) {
	// n8n stores run data with this package; the copy that reads it is the one that wrote it.
	const flatted = createRequire(host.n8n)('flatted') as Flatted;

	const latest = async (workflowId: string): Promise<{ id: string; status: ExecutionStatus } | undefined> => {
		const filter = encodeURIComponent(JSON.stringify({ workflowId }));
		type Listed = { results: Array<{ id: string; status: ExecutionStatus }> };
		return (await rest<Listed>('GET', `/executions?limit=1&filter=${filter}`)).results[0];
	};

	return async (workflowId: string, { status = AT_REST, timeoutMs }: ExecutionOptions = {}): Promise<Execution> => {
		const deadline = Date.now() + (timeoutMs ?? DEFAULT_TIMEOUT_MS);
		let found = await latest(workflowId);
		while (found === undefined || !status.includes(found.status)) {
			if (Date.now() > deadline) {
				const state = found === undefined ? 'none has been started' : `the last one, ${found.id}, is ${found.status}`;
				throw new Error(`No execution of workflow ${workflowId} became ${status.join(' or ')}: ${state}`);
			}
			await sleep(POLL_MS);
			found = await latest(workflowId);
		}
		const stored = await rest<Omit<Execution, 'data'> & { data: string }>('GET', `/executions/${found.id}`);
		return { ...stored, data: flatted.parse(stored.data) as IRunExecutionData };
	};
}
