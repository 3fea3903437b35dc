import { createRequire } from 'node:module';
import type { ExecutionStatus, IRunExecutionData } from 'n8n-workflow';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Host } from './install';
import type { Session } from './session';

/** An execution as n8n stored it, with its run data parsed. */
export interface Execution {
	id: string;
	workflowId: string;
	status: ExecutionStatus;
	startedAt: string;
	stoppedAt: string | null;
	data: IRunExecutionData;
}

export interface ExecutionOptions {
	/** Statuses to wait for. Default: every status in which the execution makes no progress by itself. */
	status?: ExecutionStatus[] | undefined;
	/** Default: 30 000. */
	timeoutMs?: number | undefined;
}

/** Waits until the latest `count` executions have one of the statuses, and reads them, oldest first. */
export type ReadExecutions = (
	workflowId: string,
	count: number,
	options?: ExecutionOptions,
) => Promise<Execution[]>;

const SETTLED_STATUSES: ExecutionStatus[] = ['success', 'error', 'crashed', 'canceled', 'waiting'];
const DEFAULT_TIMEOUT_MS = 30_000;
const POLL_MS = 250;

type Flatted = { parse(text: string): unknown };

interface ExecutionSummary {
	id: string;
	status: ExecutionStatus;
}

/**
 * Creates the reader of a running n8n's executions. It rejects on a timeout, naming the statuses at that
 * time.
 */
export function executionReader(host: Host, { rest }: Session): ReadExecutions {
	// n8n stores run data with this package; its own copy is the version that wrote the data.
	const flatted = createRequire(host.n8n)('flatted') as Flatted;

	const listLatest = async (workflowId: string, limit: number): Promise<ExecutionSummary[]> => {
		const filter = encodeURIComponent(JSON.stringify({ workflowId }));
		const path = `/executions?limit=${limit}&filter=${filter}`;
		return (await rest<{ results: ExecutionSummary[] }>('GET', path)).results;
	};

	const read = async ({ id }: ExecutionSummary): Promise<Execution> => {
		const stored = await rest<Omit<Execution, 'data'> & { data: string }>('GET', `/executions/${id}`);
		return { ...stored, data: flatted.parse(stored.data) as IRunExecutionData };
	};

	return async (workflowId, count, { status = SETTLED_STATUSES, timeoutMs = DEFAULT_TIMEOUT_MS } = {}) => {
		const deadline = Date.now() + timeoutMs;
		let latest = await listLatest(workflowId, count);
		while (latest.length < count || !latest.every((summary) => status.includes(summary.status))) {
			if (Date.now() > deadline)
				throw new Error(
					`No ${count} executions of workflow ${workflowId} became ${status.join(' or ')}: ` +
						describe(latest),
				);
			await sleep(POLL_MS);
			latest = await listLatest(workflowId, count);
		}
		const executions: Execution[] = [];
		for (const summary of latest.reverse()) executions.push(await read(summary));
		return executions;
	};
}

const describe = (latest: readonly ExecutionSummary[]): string =>
	latest.length === 0
		? 'none has been started'
		: `the latest are ${latest.map(({ id, status }) => `${id} ${status}`).join(', ')}`;
