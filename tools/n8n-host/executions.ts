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

interface Listed {
	id: string;
	status: ExecutionStatus;
}

export function executions(host: Host, { rest }: Session) {
	// n8n stores run data with this package; the copy that reads it is the one that wrote it.
	const flatted = createRequire(host.n8n)('flatted') as Flatted;

	const latest = async (workflowId: string, limit: number): Promise<Listed[]> => {
		const filter = encodeURIComponent(JSON.stringify({ workflowId }));
		return (await rest<{ results: Listed[] }>('GET', `/executions?limit=${limit}&filter=${filter}`))
			.results;
	};

	const read = async ({ id }: Listed): Promise<Execution> => {
		const stored = await rest<Omit<Execution, 'data'> & { data: string }>('GET', `/executions/${id}`);
		return { ...stored, data: flatted.parse(stored.data) as IRunExecutionData };
	};

	return async (
		workflowId: string,
		count: number,
		{ status = AT_REST, timeoutMs }: ExecutionOptions = {},
	): Promise<Execution[]> => {
		const deadline = Date.now() + (timeoutMs ?? DEFAULT_TIMEOUT_MS);
		let found = await latest(workflowId, count);
		while (found.length < count || !found.every((each) => status.includes(each.status))) {
			if (Date.now() > deadline) {
				const state =
					found.length === 0
						? 'none has been started'
						: `the last are ${found.map((each) => `${each.id} ${each.status}`).join(', ')}`;
				throw new Error(
					`No ${count} executions of workflow ${workflowId} became ${status.join(' or ')}: ${state}`,
				);
			}
			await sleep(POLL_MS);
			found = await latest(workflowId, count);
		}
		const stored: Execution[] = [];
		for (const each of found.reverse()) stored.push(await read(each));
		return stored;
	};
}
