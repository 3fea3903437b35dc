import { version } from 'n8n-core/package.json';
import type { INodeExecutionData } from 'n8n-workflow';

import type { NodeRun } from './runNode';

const [, minor = 0, patch = 0] = version.split('.').map(Number);
/** Tells whether the installed n8n-core is at least 2.<minor>.<patch>. */
const isAtLeast = (wantedMinor: number, wantedPatch = 0): boolean =>
	minor > wantedMinor || (minor === wantedMinor && patch >= wantedPatch);

/** Whether n8n states the size of binary data in bytes: since 2.5.0. */
export const reportsBinaryBytes = isAtLeast(5);

/**
 * Whether n8n routes an item with `details` to the error output: since 2.35.2. Before that, such an item
 * stays on the regular output.
 */
export const routesDetailsToErrorOutput = isAtLeast(35, 2);

/** Returns the failed items of a node that has an error output, whichever output this n8n puts them on. */
export const failedItems = ({ items, errorItems }: NodeRun): INodeExecutionData[] =>
	routesDetailsToErrorOutput ? errorItems : items.filter(({ json }) => 'error' in json);
