// Scaffolds a provider: `npm run new:provider -- acme "Acme AI"` copies templates/provider under that id and
// name, adds the provider to every list of providers and formats the result.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

import { newProvider } from './newProvider';

const [id, displayName] = process.argv.slice(2);
const root = resolve(__dirname, '../..');
try {
	if (id === undefined || displayName === undefined)
		throw new Error('Usage: npm run new:provider -- <id> "<Name>" (such as acmeImages "Acme Images")');
	for (const file of newProvider(root, id, displayName)) console.log(file);
	spawnSync('npm', ['run', '--silent', 'format'], { cwd: root, stdio: 'inherit' });
	console.log('CONTRIBUTING.md describes the next steps.');
} catch (error) {
	console.error((error as Error).message);
	process.exitCode = 1;
}
