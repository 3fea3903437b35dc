import type { IExecuteFunctions, INodeExecutionData, IWebhookFunctions } from 'n8n-workflow';

import { isRerun, rerunNode } from '../../transport/execution';

/** Property beside the JSON of an item that a webhook passed to the resumed run. */
const PROPERTY = 'fluxKontextResumeMark';

/** Mark of an item of a resumed run: the node that it belongs to, and the link to its input item. */
type ResumeMark = { node: string; pairedItem: NonNullable<INodeExecutionData['pairedItem']> };

/**
 * Makes n8n run the node once more with the items that the execution was stored with, and returns these
 * items, marked. Otherwise n8n would pass them on as the node's output, and the process that receives the
 * webhook would have to download the images. Throws if there is no execution to resume.
 */
export function requeueNode(
	context: IWebhookFunctions,
	items: readonly INodeExecutionData[],
): INodeExecutionData[] {
	rerunNode(context);
	const { id: node } = context.getNode();
	return items.map((item, index) => ({
		...item,
		[PROPERTY]: { node, pairedItem: item.pairedItem ?? index },
	}));
}

/**
 * Returns the items of a resumed run; `null` for any other run. Either mark, on the run or on one of its
 * items, is enough: a run that missed it would take the items for new requests and pay for them.
 */
export function resumedItems(context: IExecuteFunctions): INodeExecutionData[] | null {
	const { id } = context.getNode();
	const items = context.getInputData().map((item) => {
		const { [PROPERTY]: value, ...rest } = item;
		const mark = value as unknown as ResumeMark | undefined;
		return mark?.node === id
			? { item: { ...rest, pairedItem: mark.pairedItem }, isMarked: true }
			: { item, isMarked: false };
	});
	const isResumed = isRerun(context) || items.some(({ isMarked }) => isMarked);
	return isResumed ? items.map(({ item }) => item) : null;
}
