import type { IExecuteFunctions } from 'n8n-workflow';

import { succeed, type Fault, type Result } from '../../core/faults';
import { readJob, type JobRecord } from '../../core/jobRecord';
import type { Handle, Provider } from '../../core/types';
import type { Failure } from '../../transport/errors';
import { failureOf, type Account } from '../account';
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
	account: Account;
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
	accountOf: (provider: Provider) => Promise<Result<Account>>,
): Promise<{ item: JobItem } | { failure: Failure }> {
	const refuse = (fault: Fault) => ({
		failure: { itemIndex, provider: providerIdOf(context, itemIndex), fault, job: null },
	});
	const read = evaluated(() => given(context, itemIndex));
	if (!read.ok) return refuse(read.fault);
	const { provider, job: text, settings } = read.value;
	const account = await accountOf(provider);
	if (!account.ok) return refuse(account.fault);
	const { baseUrl, ports } = account.value;
	const job = readJob(text, provider, { baseUrl, now: ports.now() });
	if (!job.ok) return { failure: failureOf(account.value, itemIndex, job.fault) };
	return { item: { itemIndex, settings, account: account.value, job: job.value } };
}
