import axios from 'axios';
import type { INodeTypeDescription } from 'n8n-workflow';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort, n8nUrl } from '../../tools/n8n-host/environment';
import { lastLines } from '../../tools/n8n-host/lastLines';
import { createSession, type Session } from '../../tools/n8n-host/session';
import { repoCopy } from '../support/repoCopy';
import { registerFailureReporter } from './failureReporter';
import { waitUntil } from './waitUntil';

/** Starting n8n and the first compilation take over a minute on a busy machine. */
const START_TIMEOUT_MS = 120_000;
const TEST_TIMEOUT_MS = 300_000;

const checkout = repoCopy();
const userFolder = mkdtempSync(join(tmpdir(), 'flux-kontext-dev-'));
afterAll(() => {
	for (const path of [checkout, userFolder]) rmSync(path, { recursive: true, force: true });
});

function editSource(path: string, from: string, to: string): void {
	const text = readFileSync(join(checkout, path), 'utf8');
	expect(text).toContain(from);
	writeFileSync(join(checkout, path), text.replace(from, to));
}

/** Starts `npm run dev` in the checkout, without its build. */
function startDev(port: number) {
	const args = ['--import', 'tsx', 'tools/dev/cli.ts', '--port', String(port), '--folder', userFolder];
	const child = spawn(process.execPath, args, { cwd: checkout, stdio: ['ignore', 'pipe', 'inherit'] });
	const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
	let log = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => (log += text));
	registerFailureReporter(() => process.stderr.write(`--- npm run dev\n${lastLines(log)}\n`));
	return { ended, log: () => log, interrupt: () => child.kill('SIGINT') };
}

/** Reads the name and the categories of the node as the editor gets them. */
async function shownNode({ rest }: Session) {
	const nodeInfos = [{ name: 'n8n-nodes-flux-kontext.fluxKontext', version: 1 }];
	const [node] = await rest<INodeTypeDescription[]>('POST', '/node-types', { nodeInfos });
	return { name: node?.displayName, categories: node?.codex?.categories };
}

it(
	'npm run dev reloads saved sources, and keeps the node unchanged while they do not compile',
	async () => {
		const port = await freePort();
		const dev = startDev(port);
		try {
			await waitUntil(
				'n8n has started',
				() => dev.log().includes('Ctrl-C stops everything.'),
				START_TIMEOUT_MS,
			);
			const session = createSession(n8nUrl(port), userFolder);
			expect(await session.rest<Array<{ name: string }>>('GET', '/credentials')).toContainEqual(
				expect.objectContaining({ name: 'fal (emulated)' }),
			);
			const shown = async () => await shownNode(session);
			expect(await shown()).toEqual({
				name: 'Flux Kontext',
				categories: ['AI', 'Marketing & Content'],
			});

			const source = 'nodes/FluxKontext/FluxKontext.node.ts';
			editSource(source, "displayName: 'Flux Kontext'", "displayName: 'Saved Twice'");
			await waitUntil('the new name is shown', async () => (await shown()).name === 'Saved Twice');
			editSource('nodes/FluxKontext/FluxKontext.node.json', '"AI"', '"AI", "Sales"');
			await waitUntil('the new category is shown', async () =>
				(await shown()).categories?.includes('Sales'),
			);

			editSource(source, "displayName: 'Saved Twice'", 'displayName: 7');
			const error = "error TS2322: Type 'number' is not assignable to type 'string'.";
			await waitUntil('the error is reported', () => dev.log().includes(error));
			expect((await shown()).name).toBe('Saved Twice');
		} finally {
			dev.interrupt();
			await dev.ended;
		}
		expect(await dev.ended).toBe(0);
		await expect(axios.get(n8nUrl(port), { proxy: false })).rejects.toMatchObject({
			code: 'ECONNREFUSED',
		});
	},
	TEST_TIMEOUT_MS,
);
