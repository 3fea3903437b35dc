import type { IExecuteFunctions } from 'n8n-workflow';

import { combine } from '../../core/base/combine';
import { unexpected } from '../../core/base/exceptions';
import { succeed, type Fault } from '../../core/base/faults';
import { readJob, type JobRecord } from '../../core/job/record';
import type { Handle } from '../../core/job/snapshot';
import { DEFAULT_PROVIDER_ID } from '../../core/request/parameters';
import { createFailure, type OpenConnection, type ProviderConnection } from '../connection';
import type { Failure } from '../items/error';
import { readNodeSettings, type NodeSettings } from '../parameters/nodeSettings';
import { catchExpression, parametersOf, providerIdOf, readOptions, readProvider } from '../parameters/read';

/** Item of the resource Job whose job has been validated. */
export interface JobItem {
	itemIndex: number;
	settings: NodeSettings;
	connection: ProviderConnection;
	job: JobRecord<Handle>;
}

/** Item, or why it is refused. */
type ReadItem = { item: JobItem } | { failure: Failure };

const refuseItem = (context: IExecuteFunctions, itemIndex: number, fault: Fault): ReadItem => ({
	failure: { itemIndex, provider: providerIdOf(context, itemIndex), fault, job: null },
});

/** Reads and checks an item before anything is sent. Never rejects. */
export async function readJobItem(
	context: IExecuteFunctions,
	itemIndex: number,
	openConnection: OpenConnection,
): Promise<ReadItem> {
	try {
		return await readCheckedItem(context, itemIndex, openConnection);
	} catch (error) {
		return refuseItem(context, itemIndex, unexpected('the item', error));
	}
}

async function readCheckedItem(
	context: IExecuteFunctions,
	itemIndex: number,
	openConnection: OpenConnection,
): Promise<ReadItem> {
	const refuse = (fault: Fault) => refuseItem(context, itemIndex, fault);
	const parameter = parametersOf(context, itemIndex);
	const read = catchExpression(() =>
		combine({
			provider: () => readProvider(parameter('provider', DEFAULT_PROVIDER_ID)),
			settings: () => readNodeSettings(readOptions(context, itemIndex)),
			record: () => succeed(parameter('job', '')),
		}),
	);
	if (!read.ok) return refuse(read.fault);
	const { provider, settings, record } = read.value;
	const connection = await openConnection(provider);
	if (!connection.ok) return refuse(connection.fault);
	const job = readJob(record, provider, connection.value.signer);
	return job.ok
		? { item: { itemIndex, settings, connection: connection.value, job: job.value } }
		: { failure: createFailure(connection.value, itemIndex, job.fault) };
}
