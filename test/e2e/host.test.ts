import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { cachedFolder, type CachedFolder } from '../../tools/n8n-host/cachedFolder';
import { hostProblem } from '../../tools/n8n-host/check';

let parent: string;

beforeEach(async () => {
	parent = await mkdtemp(join(tmpdir(), 'flux-kontext-host-'));
});

afterEach(async () => {
	await rm(parent, { recursive: true, force: true });
});

const write = async (path: string, text: string) => {
	await mkdir(dirname(path), { recursive: true });
	await writeFile(path, text);
};

describe('a cached folder', () => {
	let builds: number;
	let folder: CachedFolder;
	const inside = (file: string) => join(parent, 'thing', file);

	beforeEach(() => {
		builds = 0;
		folder = {
			parent,
			name: 'thing',
			findProblem: async (dir) =>
				(await readdir(dir)).includes('content') ? undefined : 'the content is missing',
			build: async (dir) => {
				builds += 1;
				await writeFile(join(dir, 'content'), String(builds));
			},
		};
	});

	it('is built once and then reused', async () => {
		expect(await cachedFolder(folder)).toBe(join(parent, 'thing'));
		await cachedFolder(folder);
		expect(builds).toBe(1);
		expect(await readdir(parent)).toEqual(['thing']);
	});

	it.each(['.complete', 'content'])('is rebuilt when %s is missing', async (file) => {
		const lines: string[] = [];
		await cachedFolder(folder);
		await rm(inside(file));
		await cachedFolder({ ...folder, report: (line) => lines.push(line) });
		expect(await readFile(inside('content'), 'utf8')).toBe('2');
		expect(lines[0]).toMatch(
			/cannot be used and is reinstalled: (the content is missing|its installation never finished)/,
		);
	});

	it('is built by only one of two concurrent calls', async () => {
		await Promise.all([cachedFolder(folder), cachedFolder(folder)]);
		expect(builds).toBe(1);
	});

	it('is built after another process died while building it', async () => {
		const lock = join(parent, 'thing.lock');
		await mkdir(lock);
		await utimes(lock, new Date(0), new Date(0));
		await write(join(parent, 'thing.new-999999999', 'half'), '');
		await cachedFolder(folder);
		expect(await readdir(parent)).toEqual(['thing']);
	});

	it('keeps nothing of a build that failed', async () => {
		const failing = { ...folder, build: () => Promise.reject(new Error('no network')) };
		await expect(cachedFolder(failing)).rejects.toThrow('no network');
		await expect(cachedFolder({ ...folder, build: () => Promise.resolve() })).rejects.toThrow(
			'the content is missing',
		);
		expect(await readdir(parent)).toEqual([]);
	});
});

describe('the check of an installed n8n', () => {
	const modules = (...path: string[]) => join(parent, 'node_modules', ...path);
	const check = async () => await hostProblem(parent, process.execPath, '2.0.0');

	beforeEach(async () => {
		const packages = { 'node_modules/n8n': {}, 'node_modules/sqlite3': {} };
		await write(modules('.package-lock.json'), JSON.stringify({ packages }));
		await write(modules('n8n', 'package.json'), '{}');
		await write(modules('n8n', 'bin', 'n8n'), "console.log('2.0.0')");
		await write(modules('sqlite3', 'package.json'), '{}');
		await write(
			modules('sqlite3', 'index.js'),
			"require('./binding'); exports.Database = class { get(_, done) { done(null, { one: 1 }); } };",
		);
		await write(modules('sqlite3', 'binding.js'), '');
	});

	it('finds no problem in a complete installation', async () => {
		expect(await check()).toBeUndefined();
	});

	it('names a missing package', async () => {
		await rm(modules('n8n', 'package.json'));
		expect(await check()).toContain('packages are missing (node_modules/n8n)');
	});

	it('detects another version', async () => {
		await write(modules('n8n', 'bin', 'n8n'), "console.log('1.9.9')");
		expect(await check()).toContain('gives 1.9.9 instead of 2.0.0');
	});

	it('detects a database binding that does not load', async () => {
		await rm(modules('sqlite3', 'binding.js'));
		expect(await check()).toContain('sqlite3 does not load');
	});
});
