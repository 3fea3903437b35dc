// Generates and edits an image in a real n8n with the built node: `npm run demo`.
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';

import { installHost } from '../n8n-host/install';
import { lastLines } from '../n8n-host/lastLines';
import { startN8n, type N8n } from '../n8n-host/n8n';
import { packTarball } from '../n8n-host/pack';
import type { Workflow } from '../n8n-host/workflows';
import { runCleanup, type Cleanup } from '../support/cleanup';
import { readExample } from '../support/examples';
import { aborted, interruption } from '../support/interruption';
import { selectBackend } from './backend';
import { drawPicture, savePicture, type Picture } from './pictures';
import { withProvider, type DemoProvider } from './providers';
import { callForPicture } from './webhookCall';

const PROMPT = 'A wooded valley at dawn, soft light, film photograph';
const INSTRUCTION = 'Make it a clear night with a full moon';

/** Time for the download and for n8n itself, on top of the node's timeout. */
const WEBHOOK_MARGIN_SECONDS = 30;
/** Exit status of a process that SIGINT ended, by the convention of shells. */
const INTERRUPTED = 130;

const startedAt = Date.now();
const print = (line = '') =>
	console.log(line && `[${((Date.now() - startedAt) / 1000).toFixed(1).padStart(5)} s] ${line}`);

function editForm({ bytes, mimeType }: Picture): FormData {
	const form = new FormData();
	const blob = new Blob([new Uint8Array(bytes)], { type: mimeType });
	form.append('data', blob, `picture.${mimeType.split('/')[1] ?? ''}`);
	form.append('prompt', INSTRUCTION);
	return form;
}

interface DemoRun {
	n8n: N8n;
	provider: DemoProvider;
	generate: Workflow;
	edit: Workflow;
	timeoutMs: number;
	signal: AbortSignal;
}

async function makePictures({ provider, generate, edit, ...shared }: DemoRun): Promise<void> {
	let picture: Picture;
	if (provider.generates) {
		print(`Generating: ${PROMPT}`);
		picture = await callForPicture({ ...shared, workflow: generate, body: { prompt: PROMPT } });
	} else {
		print(`${provider.name} only edits: drawing the input image locally`);
		picture = await drawPicture();
	}
	print(`  → ${await savePicture(picture, 'generated')}`);
	print(`Editing: ${INSTRUCTION}`);
	const edited = await callForPicture({ ...shared, workflow: edit, body: editForm(picture) });
	print(`  → ${await savePicture(edited, 'edited')}`);
}

async function demo(cleanup: Cleanup, signal: AbortSignal): Promise<N8n> {
	const host = await installHost({ report: print, signal });
	const packageTarball = await packTarball();
	cleanup.push(async () => await rm(dirname(packageTarball), { recursive: true, force: true }));
	const { provider, credential, timeoutSeconds } = await selectBackend(cleanup, print);
	const generate = withProvider(await readExample('generate-image'), provider, timeoutSeconds);
	const edit = withProvider(await readExample('edit-image'), provider, timeoutSeconds);
	const workflows = provider.generates ? [generate, edit] : [edit];
	const credentials = [credential];
	const n8n = await startN8n({ host, packageTarball, credentials, workflows, report: print, signal });
	cleanup.push(async () => await n8n.stop());
	const timeoutMs = (timeoutSeconds + WEBHOOK_MARGIN_SECONDS) * 1000;
	await makePictures({ n8n, provider, generate, edit, timeoutMs, signal }).catch((error: unknown) => {
		const log = lastLines(n8n.log());
		throw new Error(`${(error as Error).message}\n\nThe end of n8n's log:\n${log}`, { cause: error });
	});
	const { email, password } = await n8n.owner();
	print();
	print(`The editor: ${n8n.url}`);
	print(`Sign in as ${email} with the password ${password}`);
	return n8n;
}

async function main(): Promise<number> {
	const once = process.argv.includes('--once');
	const interrupted = interruption();
	interrupted.addEventListener('abort', () => print('Stopping …'));
	const cleanup: Cleanup = [];
	try {
		const n8n = await demo(cleanup, interrupted);
		if (once) return 0;
		print('Ctrl-C stops everything.');
		const outcome = await Promise.race([aborted(interrupted), n8n.ended]);
		if (outcome === undefined) return 0;
		console.error(`\nn8n ended by itself with ${outcome}. The end of its log:\n${lastLines(n8n.log())}`);
		return 1;
	} catch (error) {
		if (interrupted.aborted) return INTERRUPTED;
		console.error(`\nThe demo failed. ${(error as Error).message}`);
		return 1;
	} finally {
		if (!interrupted.aborted) print('Stopping …');
		await runCleanup(cleanup);
	}
}

void main().then((status) => process.exit(status));
