// Runs the node's tests inside the oldest n8n-core of 2.x; `npm test` runs them inside the newest.
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

import { describeVersions, installOldest } from './install';

const root = resolve(__dirname, '../..');

async function main(): Promise<number> {
	const folder = await installOldest((line) => console.error(line));
	const versions = { oldest: await describeVersions(folder), current: await describeVersions(root) };
	console.error(`The node inside ${versions.oldest} (npm test: ${versions.current})`);
	const jest = [
		require.resolve('jest/bin/jest'),
		'-c',
		join('test', 'compat', 'jest.config.js'),
		...process.argv.slice(2),
	];
	const { status } = spawnSync(process.execPath, jest, {
		cwd: root,
		stdio: 'inherit',
		env: { ...process.env, N8N_CORE_FOLDER: folder },
	});
	return status ?? 1;
}

main().then(
	(status) => process.exit(status),
	(error: unknown) => {
		console.error((error as Error).message);
		process.exit(1);
	},
);
