// Installs the dependencies if node_modules does not match the lock file, so that every command works on a
// fresh clone. `npm install`, not `npm ci`: the lock file lists optional packages only for the platform it
// was created on.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const stamp = join(root, 'node_modules', '.installed-lock-hash');

const lockFileHash = () =>
	createHash('sha256')
		.update(readFileSync(join(root, 'package-lock.json')))
		.digest('hex');

const readIfExists = (path) => {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return undefined;
	}
};

if (readIfExists(stamp) !== lockFileHash()) {
	console.error('Installing the development dependencies (about a minute the first time) …');
	const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
		cwd: root,
		stdio: ['ignore', 'inherit', 'inherit'],
		shell: process.platform === 'win32',
	});
	if (status !== 0) process.exit(status ?? 1);
	mkdirSync(dirname(stamp), { recursive: true });
	// Hashed again: npm may have added other platforms' packages to the lock file.
	writeFileSync(stamp, lockFileHash());
}
