import axios from 'axios';
import type { INodeTypeDescription } from 'n8n-workflow';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { repoCopy } from '../support/repoCopy';
import { freePort, n8nUrl } from '../../tools/n8n-host/environment';
import { session } from '../../tools/n8n-host/session';

const house = repoCopy();
const folder = mkdtempSync(join(tmpdir(), 'flux-kontext-dev-'));
afterAll(() => {
	for (const path of [house, folder]) rmSync(path, { recursive: true, force: true });
});

const edit = (path: string, from: string, to: string): void => {
	const text = readFileSync(join(house, path), 'utf8');
	expect(text).toContain(from);
	writeFileSync(join(house, path), text.replace(from, to));
};

async function until<T>(what: string, look: () => Promise<T> | T, isSo: (seen: T) => boolean): Promise<T> {
	const deadline = Date.now() + 60_000;
	for (;;) {
		const seen = await look();
		if (isSo(seen)) return seen;
		if (Date.now() > deadline)
			throw new Error(`${what} did not come; the last was ${JSON.stringify(seen)}`);
		await sleep(200);
	}
}

it('npm run dev shows in a running n8n what is saved, and keeps the node as it was while it does not compile', async () => {
	const port = await freePort();
	const dev = spawn(
		process.execPath,
		['--import', 'tsx', 'tools/dev/cli.ts', '--port', String(port), '--folder', folder],
		{ cwd: house, stdio: ['ignore', 'pipe', 'inherit'] },
	);
	const ended = new Promise<number | null>((resolve) => dev.once('close', resolve));
	let log = '';
	dev.stdout.setEncoding('utf8').on('data', (text: string) => (log += text));
	try {
		await until(
			'n8n',
			() => log,
			(text) => text.includes('Ctrl-C stops everything.'),
		);
		const n8n = session(n8nUrl(port), folder);
		expect(await n8n.rest<Array<{ name: string }>>('GET', '/credentials')).toContainEqual(
			expect.objectContaining({ name: 'fal (emulated)' }),
		);
		const shown = async () => {
			const nodeInfos = [{ name: 'n8n-nodes-flux-kontext.fluxKontext', version: 1 }];
			const [node] = await n8n.rest<INodeTypeDescription[]>('POST', '/node-types', { nodeInfos });
			return { name: node?.displayName, categories: node?.codex?.categories };
		};
		expect(await shown()).toEqual({ name: 'Flux Kontext', categories: ['AI', 'Marketing & Content'] });

		edit(
			'nodes/FluxKontext/FluxKontext.node.ts',
			"displayName: 'Flux Kontext'",
			"displayName: 'Saved Twice'",
		);
		await until('the name', shown, ({ name }) => name === 'Saved Twice');
		edit('nodes/FluxKontext/FluxKontext.node.json', '"AI"', '"AI", "Sales"');
		await until('the category', shown, ({ categories }) => categories?.includes('Sales') === true);

		edit('nodes/FluxKontext/FluxKontext.node.ts', "displayName: 'Saved Twice'", 'displayName: 7');
		await until(
			'the error',
			() => log,
			(text) => text.includes("error TS2322: Type 'number' is not assignable to type 'string'."),
		);
		expect((await shown()).name).toBe('Saved Twice');
	} finally {
		dev.kill('SIGINT');
	}
	expect(await ended).toBe(0);
	await expect(axios.get(n8nUrl(port), { proxy: false })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
}, 180_000);
