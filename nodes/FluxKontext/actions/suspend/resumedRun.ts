import type { IExecuteData, IExecuteFunctions, INodeExecutionData, IWebhookFunctions } from 'n8n-workflow';

/** On the stack entry of a node that a call has woken. */
const WOKEN = 'fluxKontextWoken';
/** Beside the JSON of an item that a call has brought: its node, and the link to its input item. */
const BROUGHT = 'fluxKontextBrought';

type ResumeMark = { node: string; pairedItem: NonNullable<INodeExecutionData['pairedItem']> };

/** What n8n will run next: it keeps this, and hands it to any process of its own. */
function entryOf(context: IWebhookFunctions): IExecuteData | undefined {
	const { runExecutionData } = context as unknown as {
		runExecutionData?: { executionData?: { nodeExecutionStack: IExecuteData[] } };
	};
	return runExecutionData?.executionData?.nodeExecutionStack[0];
}

/**
 * Has n8n run the node once more with the items that it sleeps with. Left alone, n8n passes on what a call brings as the
 * output of the node, linked by its numbers alone; and the images would be fetched by the process that hears the call.
 */
export function requeueNode(
	context: IWebhookFunctions,
	items: readonly INodeExecutionData[],
): INodeExecutionData[] {
	const entry = entryOf(context);
	if (!entry) throw new TypeError('There is no execution to go on with');
	entry.node.disabled = false;
	entry.metadata = { ...entry.metadata, ...{ [WOKEN]: true } };
	const { id: node } = context.getNode();
	return items.map((item, index) => ({
		...item,
		[BROUGHT]: { node, pairedItem: item.pairedItem ?? index },
	}));
}

/**
 * The items that a call has brought; `null` in a run of any other kind. Either mark is enough: a run that missed it would
 * take the items for new orders, and pay for them.
 */
export function resumedItems(context: IExecuteFunctions): INodeExecutionData[] | null {
	const { id } = context.getNode();
	const { metadata } = context.getExecuteData();
	const items = context.getInputData().map((item) => {
		const { [BROUGHT]: mark, ...rest } = item;
		const brought = mark as unknown as ResumeMark | undefined;
		return brought?.node === id
			? { item: { ...rest, pairedItem: brought.pairedItem }, own: true }
			: { item, own: false };
	});
	const woken = Object.hasOwn(metadata ?? {}, WOKEN) || items.some(({ own }) => own);
	return woken ? items.map(({ item }) => item) : null;
}
