// Loads a package once in this fresh process, with n8n's own loader or in plain Node, and prints the
// measurements as JSON.
const { join } = require('node:path');

const [loader, folder] = process.argv.slice(2);

async function n8n() {
	require('reflect-metadata');
	const { LazyPackageDirectoryLoader } = require('n8n-core');
	return async () => await new LazyPackageDirectoryLoader(folder).loadAll();
}

async function plainNode() {
	const { nodes, credentials } = require(join(folder, 'package.json')).n8n;
	return async () => [...nodes, ...credentials].forEach((file) => require(join(folder, file)));
}

async function main() {
	const load = await { n8n, plainNode }[loader]();
	const loadedBefore = new Set(Object.keys(require.cache));
	const startedAt = performance.now();
	await load();
	const ms = performance.now() - startedAt;
	const files = Object.keys(require.cache).filter((file) => !loadedBefore.has(file));
	console.log(
		JSON.stringify({
			ms,
			packageFiles: files.filter((file) => file.startsWith(folder)).length,
			otherFiles: files.filter((file) => !file.startsWith(folder)).length,
		}),
	);
}

void main();
