// Loads the package in a folder once, in this fresh process, and prints what that took: as n8n does, or its files alone.
const { join } = require('node:path');

const [way, folder] = process.argv.slice(2);

async function asN8n() {
	require('reflect-metadata');
	const { LazyPackageDirectoryLoader } = require('n8n-core');
	return async () => await new LazyPackageDirectoryLoader(folder).loadAll();
}

async function bare() {
	const { nodes, credentials } = require(join(folder, 'package.json')).n8n;
	return async () => [...nodes, ...credentials].forEach((file) => require(join(folder, file)));
}

async function main() {
	const load = await { asN8n, bare }[way]();
	const known = new Set(Object.keys(require.cache));
	const started = performance.now();
	await load();
	const ms = performance.now() - started;
	const files = Object.keys(require.cache).filter((file) => !known.has(file));
	console.log(
		JSON.stringify({
			ms,
			own: files.filter((file) => file.startsWith(folder)).length,
			others: files.filter((file) => !file.startsWith(folder)).length,
		}),
	);
}

void main();
