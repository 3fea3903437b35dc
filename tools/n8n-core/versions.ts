import { version } from 'n8n-core/package.json';
import type { INodeExecutionData } from 'n8n-workflow';

import type { NodeRun } from './runNode';

const [, minor = 0, patch = 0] = version.split('.').map(Number);
const isFrom = (wantedMinor: number, wantedPatch = 0): boolean =>
	minor > wantedMinor || (minor === wantedMinor && patch >= wantedPatch);

/** Whether n8n tells the number of bytes of a binary. */
export const tellsBytes = isFrom(5);
/** Whether n8n sends an item with `details` to the error output. Below, it stays with the others. */
export const sortsOutDetails = isFrom(35, 2);

/** The items that failed, of a node with an error output. */
export const failedItems = ({ items, errorItems }: NodeRun): INodeExecutionData[] =>
	sortsOutDetails ? errorItems : items.filter(({ json }) => 'error' in json);
