import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One load of a package in a fresh process. */
export interface Load {
	ms: number;
	/** Number of loaded files of the package. */
	packageFiles: number;
	/** Number of files outside the package that were not loaded before. */
	otherFiles: number;
}

export interface Loads {
	/** This package, by n8n's loader. */
	thisPackage: Load[];
	/** A package with an empty node, by n8n's loader. */
	emptyPackage: Load[];
	/** This package, in plain Node. */
	plainNode: Load[];
}

// As for community packages in n8n: the modules that n8n ships resolve from any folder.
const env = {
	...process.env,
	NODE_PATH: resolve(__dirname, '../../../node_modules'),
	N8N_LOG_LEVEL: 'silent',
};

async function load(loader: 'n8n' | 'plainNode', folder: string): Promise<Load> {
	const { stdout } = await run(process.execPath, [join(__dirname, 'load.cjs'), loader, folder], { env });
	return JSON.parse(stdout) as Load;
}

/** Loads both packages `times` times, alternately, so that other load on the machine affects all alike. */
export async function measureLoads(
	folders: { thisPackage: string; emptyPackage: string },
	times: number,
): Promise<Loads> {
	const loads: Loads = { thisPackage: [], emptyPackage: [], plainNode: [] };
	for (let time = 0; time < times; time += 1) {
		loads.emptyPackage.push(await load('n8n', folders.emptyPackage));
		loads.thisPackage.push(await load('n8n', folders.thisPackage));
		loads.plainNode.push(await load('plainNode', folders.thisPackage));
	}
	return loads;
}
