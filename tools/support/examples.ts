import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import type { Workflow } from '../n8n-host/workflows';

const folder = resolve(__dirname, '../../examples');

/** Reads an example workflow by its file name without the extension. */
export const readExample = async (name: string): Promise<Workflow> =>
	JSON.parse(await readFile(resolve(folder, `${name}.json`), 'utf8')) as Workflow;
