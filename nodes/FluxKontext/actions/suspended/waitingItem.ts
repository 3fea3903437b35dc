import type { INodeExecutionData } from 'n8n-workflow';

import type { Asked } from '../asked';

/** What the parameters said when the job was submitted: n8n evaluates none for a single item when it wakes an execution. */
type Kept = Omit<Asked, 'itemIndex' | 'account'>;

/** Beside an item's JSON, so that it does not show where the item goes on at the deadline. */
const KEPT = 'fluxKontext';

/** The item of a job that the execution sleeps for. */
export function waitingItem(
	pending: INodeExecutionData,
	{ binaryField, fileName, prompt, seed, images, before, several, warnings }: Asked,
): INodeExecutionData {
	return {
		...pending,
		[KEPT]: {
			binaryField,
			fileName,
			prompt,
			seed,
			images,
			before,
			several,
			warnings: warnings.map((warning) => ({ ...warning })),
		},
	};
}

export function keptOf(item: INodeExecutionData): Kept | null {
	return (item[KEPT] as unknown as Kept | undefined) ?? null;
}
