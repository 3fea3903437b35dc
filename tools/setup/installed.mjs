// Brings node_modules to what the lock file says, so that every command works on a fresh clone.
// `npm install`, not `npm ci`: the lock file lists the optional packages of the platform it was made on only.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const stamp = join(root, 'node_modules', '.installed-lock-hash');
const wanted = createHash('sha256')
	.update(readFileSync(join(root, 'package-lock.json')))
	.digest('hex');

const read = (path) => {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return undefined;
	}
};

if (read(stamp) !== wanted) {
	console.error('Installing the development dependencies (about a minute the first time) …');
	const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
		cwd: root,
		stdio: ['ignore', 'inherit', 'inherit'],
		shell: process.platform === 'win32',
	});
	if (status !== 0) process.exit(status ?? 1);
	// npm may have added to the lock file (other platforms' packages): the stamp is of what it is now.
	mkdirSync(dirname(stamp), { recursive: true });
	writeFileSync(
		stamp,
		createHash('sha256')
			.update(readFileSync(join(root, 'package-lock.json')))
			.digest('hex'),
	);
}
