import type { IExecuteFunctions } from 'n8n-workflow';

import { succeed, type Fault, type Result } from '../../core/base/faults';
import { readJob, type JobRecord } from '../../core/job/record';
import type { Handle, Provider } from '../../core/provider';
import type { Failure } from '../items/error';
import { createFailure, type ProviderConnection } from '../connection';
import {
	evaluated,
	providerIdOf,
	readNodeSettings,
	readOptions,
	readProvider,
	type NodeSettings,
} from '../settings';

/** An item whose job may be asked for. */
export interface JobItem {
	itemIndex: number;
	settings: NodeSettings;
	connection: ProviderConnection;
	job: JobRecord<Handle>;
}

interface Given {
	provider: Provider;
	job: unknown;
	settings: NodeSettings;
}

function given(context: IExecuteFunctions, itemIndex: number): Result<Given> {
	const provider = readProvider(context.getNodeParameter('provider', itemIndex, 'blackForestLabs'));
	if (!provider.ok) return provider;
	const settings = readNodeSettings(readOptions(context, itemIndex));
	if (!settings.ok) return settings;
	return succeed({
		provider: provider.value,
		job: context.getNodeParameter('job', itemIndex, ''),
		settings: settings.value,
	});
}

/** Checks all of an item before anything is sent. */
export async function readJobItem(
	context: IExecuteFunctions,
	itemIndex: number,
	connectionOf: (provider: Provider) => Promise<Result<ProviderConnection>>,
): Promise<{ item: JobItem } | { failure: Failure }> {
	const refuse = (fault: Fault) => ({
		failure: { itemIndex, provider: providerIdOf(context, itemIndex), fault, job: null },
	});
	const read = evaluated(() => given(context, itemIndex));
	if (!read.ok) return refuse(read.fault);
	const { provider, job: text, settings } = read.value;
	const connection = await connectionOf(provider);
	if (!connection.ok) return refuse(connection.fault);
	const { baseUrl, ports } = connection.value;
	const job = readJob(text, provider, { baseUrl, now: ports.now() });
	if (!job.ok) return { failure: createFailure(connection.value, itemIndex, job.fault) };
	return { item: { itemIndex, settings, connection: connection.value, job: job.value } };
}
