import { succeed, type Fault, type Result } from '../core/base/faults';
import { redactFault, redactJson } from '../core/base/redact';
import type { Engine } from '../core/engine';
import type { JobSetup } from '../core/job/context';
import type { JobRecord } from '../core/job/record';
import type { Provider } from '../core/provider';
import { readConnection, type Connection } from '../transport/credential';
import type { NodeContext } from '../transport/nodeContext';
import { createNodePorts, type NodePorts } from '../transport/ports';
import type { Failure } from './items/error';

/** Provider with the credential of this run, and the engine that its jobs run on. */
export interface ProviderConnection extends Connection {
	provider: Provider;
	ports: NodePorts;
	engine: Engine;
}

/** Signals that end the waits of a run. */
export interface Signals {
	/** Aborted when the user stops the execution. */
	stop: AbortSignal;
	/** Aborted when the user stops the execution, or when a failed item ends the run. */
	signal: AbortSignal;
}

/** Opens the connection of a provider. */
export type OpenConnection = (provider: Provider) => Promise<Result<ProviderConnection>>;

/** Returns a function that opens connections, each once: n8n resolves credentials for the first item. */
export function connectionsOf(context: NodeContext, engine: Engine): OpenConnection {
	const connections = new Map<string, Promise<Result<ProviderConnection>>>();
	const open: OpenConnection = async (provider) => {
		const connection = await readConnection(context, provider);
		if (!connection.ok) return connection;
		const ports = createNodePorts(context, provider.credential);
		return succeed({ ...connection.value, provider, ports, engine });
	};
	return async (provider) => {
		const connection = connections.get(provider.id) ?? open(provider);
		connections.set(provider.id, connection);
		return await connection;
	};
}

/** Creates the setup of a job on a connection, with `timeoutMs` from now to its deadline. */
export function createJobSetup(
	{ provider, baseUrl, baseQuery, keyFingerprint, signer, ports }: ProviderConnection,
	timeoutMs: number,
	{ stop, signal }: Signals,
): JobSetup {
	return {
		provider,
		baseUrl,
		baseQuery,
		keyFingerprint,
		signer,
		ports: { ...ports, stop },
		deadline: ports.now() + timeoutMs,
		signal,
	};
}

/** Returns a job record without secrets, as items, errors and logs may show it. */
export const redactJob = ({ secrets }: ProviderConnection, job: JobRecord): JobRecord => ({
	...job,
	...redactJson({ ...job }, secrets),
});

/** Creates the failure of an item, without secrets. */
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
