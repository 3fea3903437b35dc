import type { IExecuteFunctions } from 'n8n-workflow';

import { unexpected } from '../../core/base/exceptions';
import { fail, succeed, type Fault, type Result } from '../../core/base/faults';
import { redactFault } from '../../core/base/redact';
import { callbackOf } from '../../core/provider';
import type { Operation } from '../../core/request/model';
import { plan } from '../../core/request/plan';
import { isTool } from '../../transport/nodeContext';
import type { OpenConnection } from '../connection';
import type { Failure } from '../items/error';
import { providerIdOf } from '../parameters/read';
import { createItemRequests, type ItemPlan, type ItemRequests } from './itemImages';
import { readSettings, type Settings } from './settings';

/** Item whose parameters are valid. */
export type PlannedItem = ItemPlan & ItemRequests;

/** Planned item, or why it is refused. */
export type Planned = { item: PlannedItem } | { failure: Failure };

/** Checks that the execution can be suspended for this item, if that is asked for. */
function checkCompletion(context: IExecuteFunctions, { completion, provider }: Settings): Result<null> {
	if (completion !== 'suspend') return succeed(null);
	const description = "Choose 'Wait for Image' or 'Submit Only'.";
	if (!callbackOf(provider))
		return fail(
			'invalidRequest',
			`'Completion' cannot be Suspend: ${provider.displayName} does not call back ` +
				'when an image is done',
			{ description },
		);
	// An agent waits for the response of its tool.
	return isTool(context)
		? fail('invalidRequest', "'Completion' cannot be Suspend where an agent uses the node as a tool", {
				description,
			})
		: succeed(null);
}

/** Checks an item as far as that needs no input image. Nothing is read or sent. Never rejects. */
export async function planItem(
	context: IExecuteFunctions,
	itemIndex: number,
	operation: Operation,
	openConnection: OpenConnection,
): Promise<Planned> {
	try {
		return await planCheckedItem(context, itemIndex, operation, openConnection);
	} catch (error) {
		const provider = providerIdOf(context, itemIndex);
		return { failure: { itemIndex, provider, fault: unexpected('the item', error), job: null } };
	}
}

async function planCheckedItem(
	context: IExecuteFunctions,
	itemIndex: number,
	operation: Operation,
	openConnection: OpenConnection,
): Promise<Planned> {
	const refuse = (fault: Fault, provider: string): Planned => ({
		failure: { itemIndex, provider, fault: redactFault(fault, []), job: null },
	});
	const settings = readSettings(context, itemIndex, operation);
	if (!settings.ok) return refuse(settings.fault, providerIdOf(context, itemIndex));
	const { provider, request, imageEntries } = settings.value;
	const completion = checkCompletion(context, settings.value);
	if (!completion.ok) return refuse(completion.fault, provider.id);
	const planned = plan(provider, request, imageEntries.length);
	if (!planned.ok) return refuse(planned.fault, provider.id);
	const connection = await openConnection(provider);
	if (!connection.ok) return refuse(connection.fault, provider.id);
	const item = {
		itemIndex,
		settings: settings.value,
		connection: connection.value,
		plan: planned.value,
	};
	return { item: { ...item, ...createItemRequests(context, item) } };
}
