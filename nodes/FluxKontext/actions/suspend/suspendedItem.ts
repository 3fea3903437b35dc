import type { INodeExecutionData } from 'n8n-workflow';

import type { OutputContext } from '../outputContext';

/** What the parameters said when the job was submitted: n8n evaluates none for a single item when it wakes an execution. */
type SuspendedContext = Omit<OutputContext, 'itemIndex' | 'connection'>;

/** Beside an item's JSON, so that it does not show where the item goes on at the deadline. */
const KEPT = 'fluxKontext';

/** The item of a job that the execution sleeps for. */
export function suspendedItem(
	pending: INodeExecutionData,
	{
		binaryField,
		fileName,
		prompt,
		seed,
		expectedImages,
		imageOffset,
		isMultiImage,
		warnings,
	}: OutputContext,
): INodeExecutionData {
	return {
		...pending,
		[KEPT]: {
			binaryField,
			fileName,
			prompt,
			seed,
			expectedImages,
			imageOffset,
			isMultiImage,
			warnings: warnings.map((warning) => ({ ...warning })),
		},
	};
}

export function readSuspendedContext(item: INodeExecutionData): SuspendedContext | null {
	return (item[KEPT] as unknown as SuspendedContext | undefined) ?? null;
}
