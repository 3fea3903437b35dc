import { succeed, type Fault, type Result } from '../core/faults';
import type { JobRecord } from '../core/jobRecord';
import { redactFault, redactJson } from '../core/redact';
import type { Run } from '../core/run';
import type { Provider } from '../core/types';
import { readConnection, type Connection } from '../transport/credential';
import type { Failure } from '../transport/errors';
import { n8nPorts, type N8nPorts } from '../transport/n8nPorts';
import type { NodeContext } from '../transport/nodeContext';

/** A provider with the credential of this run. */
export interface Account extends Connection {
	provider: Provider;
	ports: N8nPorts;
}

/** The accounts of a run, each read once: n8n resolves credentials for the first item. */
export function accountsOf(context: NodeContext): (provider: Provider) => Promise<Result<Account>> {
	const accounts = new Map<string, Promise<Result<Account>>>();
	const open = async (provider: Provider): Promise<Result<Account>> => {
		const connection = await readConnection(context, provider);
		if (!connection.ok) return connection;
		return succeed({ ...connection.value, provider, ports: n8nPorts(context, provider.credential) });
	};
	return async (provider) => {
		const account = accounts.get(provider.id) ?? open(provider);
		accounts.set(provider.id, account);
		return await account;
	};
}

/** What a job of this account needs of the world; `stop` is aborted by the user alone, `signal` by whatever ends the run. */
export function runOf(
	{ provider, baseUrl, account, ports }: Account,
	timeoutMs: number,
	{ stop, signal }: { stop: AbortSignal; signal: AbortSignal },
): Run {
	return {
		provider,
		baseUrl,
		account,
		ports: { ...ports, stop },
		deadline: ports.now() + timeoutMs,
		signal,
	};
}

/** A job fit to be seen. */
export const shownJob = ({ secrets }: Account, job: JobRecord): JobRecord => ({
	...job,
	...redactJson({ ...job }, secrets),
});

/** A failure fit to be seen. */
export function failureOf(
	account: Account,
	itemIndex: number,
	fault: Fault,
	job: JobRecord | null = null,
): Failure {
	const { provider, secrets } = account;
	return {
		itemIndex,
		provider: provider.id,
		fault: redactFault(fault, secrets),
		job: job && shownJob(account, job),
	};
}
