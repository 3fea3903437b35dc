import { succeed, type Fault, type Result } from '../core/base/faults';
import type { JobRecord } from '../core/job/record';
import { redactFault, redactJson } from '../core/base/redact';
import type { JobContext } from '../core/job/context';
import type { Provider } from '../core/provider';
import { readConnection, type Connection } from '../transport/credential';
import type { Failure } from './items/error';
import { n8nPorts, type N8nPorts } from '../transport/ports';
import type { NodeContext } from '../transport/nodeContext';

/** A provider with the credential of this run. */
export interface ProviderConnection extends Connection {
	provider: Provider;
	ports: N8nPorts;
}

/** The connections of a run, each read once: n8n resolves credentials for the first item. */
export function connectionsOf(
	context: NodeContext,
): (provider: Provider) => Promise<Result<ProviderConnection>> {
	const connections = new Map<string, Promise<Result<ProviderConnection>>>();
	const open = async (provider: Provider): Promise<Result<ProviderConnection>> => {
		const connection = await readConnection(context, provider);
		if (!connection.ok) return connection;
		return succeed({ ...connection.value, provider, ports: n8nPorts(context, provider.credential) });
	};
	return async (provider) => {
		const connection = connections.get(provider.id) ?? open(provider);
		connections.set(provider.id, connection);
		return await connection;
	};
}

/** What a job of this connection needs of the world; `stop` is aborted by the user alone, `signal` by whatever ends the run. */
export function createJobContext(
	{ provider, baseUrl, keyFingerprint, ports }: ProviderConnection,
	timeoutMs: number,
	{ stop, signal }: { stop: AbortSignal; signal: AbortSignal },
): JobContext {
	return {
		provider,
		baseUrl,
		keyFingerprint,
		ports: { ...ports, stop },
		deadline: ports.now() + timeoutMs,
		signal,
	};
}

/** A job fit to be seen. */
export const redactJob = ({ secrets }: ProviderConnection, job: JobRecord): JobRecord => ({
	...job,
	...redactJson({ ...job }, secrets),
});

/** A failure fit to be seen. */
export function createFailure(
	connection: ProviderConnection,
	itemIndex: number,
	fault: Fault,
	job: JobRecord | null = null,
): Failure {
	const { provider, secrets } = connection;
	return {
		itemIndex,
		provider: provider.id,
		fault: redactFault(fault, secrets),
		job: job && redactJob(connection, job),
	};
}
