import type { IExecuteFunctions } from 'n8n-workflow';

import { succeed, type Result } from '../core/faults';
import type { Provider } from '../core/types';
import { readConnection, type Connection } from '../transport/credential';
import { n8nPorts, type N8nPorts } from '../transport/n8nPorts';

/** A provider with the credential of this run. */
export interface Account extends Connection {
	provider: Provider;
	ports: N8nPorts;
}

/** The accounts of a run, each read once: n8n resolves credentials for the first item. */
export function accountsOf(context: IExecuteFunctions): (provider: Provider) => Promise<Result<Account>> {
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
