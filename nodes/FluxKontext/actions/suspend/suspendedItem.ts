import type { INodeExecutionData } from 'n8n-workflow';

import type { OutputContext } from '../outputContext';

/**
 * What the parameters said when the job was submitted. It is stored with the item, because n8n evaluates no
 * expressions of a single item when it resumes an execution.
 */
export type SuspendedContext = Omit<OutputContext, 'itemIndex' | 'connection'>;

/** Property beside an item's JSON, so that it does not show where n8n passes the item on at the timeout. */
const PROPERTY = 'fluxKontext';

/** Creates the item that a suspended execution stores for a pending job. */
export function createSuspendedItem(pending: INodeExecutionData, output: OutputContext): INodeExecutionData {
	const { binaryField, fileName, prompt, seed, expectedImages, imageOffset, isMultiImage } = output;
	const warnings = output.warnings.map((warning) => ({ ...warning }));
	const parameters = { binaryField, fileName, prompt, seed };
	const position = { expectedImages, imageOffset, isMultiImage };
	return { ...pending, [PROPERTY]: { ...parameters, ...position, warnings } };
}

/** Reads what was stored with an item; `null` for an item without a pending job. */
export function readSuspendedContext(item: INodeExecutionData): SuspendedContext | null {
	return (item[PROPERTY] as unknown as SuspendedContext | undefined) ?? null;
}
