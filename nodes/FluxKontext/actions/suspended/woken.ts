import type { IExecuteData, IExecuteFunctions, INodeExecutionData, IWebhookFunctions } from 'n8n-workflow';

import { nodeError, type Failure } from '../../transport/errors';
import type { Sleeper } from './sleepers';

/** On the stack entry of a node that a call has woken. */
const WOKEN = 'fluxKontextWoken';
/** Beside the JSON of an item that a call has brought: its node, and the link to its input item. */
const BROUGHT = 'fluxKontextBrought';

type Brought = { node: string; pairedItem: NonNullable<INodeExecutionData['pairedItem']> };

/** What n8n will run next: it keeps this, and hands it to any process of its own. */
function entryOf(context: IWebhookFunctions): IExecuteData | undefined {
	const { runExecutionData } = context as unknown as { runExecutionData?: { executionData?: { nodeExecutionStack: IExecuteData[] } } };
	return runExecutionData?.executionData?.nodeExecutionStack[0];
}

/**
 * n8n passes on what a call brings as the output of the node, and links each item to the input item of the same number.
 * So the node is run once more, only to pass the items on with their own links: `passedOn`.
 */
export function runAgain(context: IWebhookFunctions, items: readonly INodeExecutionData[]): INodeExecutionData[] {
	const entry = entryOf(context);
	if (!entry) return [...items];
	entry.node.disabled = false;
	entry.metadata = { ...entry.metadata, ...{ [WOKEN]: true } };
	const { id: node } = context.getNode();
	return items.map((item, index) => ({ ...item, [BROUGHT]: { node, pairedItem: item.pairedItem ?? index } }));
}

/** n8n fails the node that it wakes with an error that stands here; nothing that `webhook` throws does the same. */
export function failWith(context: IWebhookFunctions, failure: Failure, sleepers: readonly Sleeper[]): void {
	const entry = entryOf(context);
	if (entry) entry.metadata = { ...entry.metadata, ...{ resumeError: nodeError(context.getNode(), failure, sleepers.map(({ job }) => job)) } };
}

/**
 * The items that a call has brought; `null` in a run of any other kind. Either mark is enough: a run that missed it would
 * take finished images for new orders, and pay for them.
 */
export function passedOn(context: IExecuteFunctions): INodeExecutionData[] | null {
	const { id } = context.getNode();
	const { metadata } = context.getExecuteData();
	const items = context.getInputData().map((item) => {
		const { [BROUGHT]: mark, ...rest } = item;
		const brought = mark as unknown as Brought | undefined;
		return brought?.node === id ? { item: { ...rest, pairedItem: brought.pairedItem }, own: true } : { item, own: false };
	});
	const woken = Object.hasOwn(metadata ?? {}, WOKEN) || items.some(({ own }) => own);
	return woken ? items.map(({ item }) => item) : null;
}
