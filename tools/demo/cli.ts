import { readFile, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { startEmulator } from '../emulator';
import { installHost } from '../n8n-host/install';
import { startN8n, type N8n } from '../n8n-host/n8n';
import { lastLines } from '../n8n-host/npm';
import { packTarball } from '../n8n-host/pack';
import type { Workflow } from '../n8n-host/workflows';
import { call } from './calls';
import { drawPicture, savePicture, type Picture } from './pictures';
import { credentialFor, emulatedProvider, realProvider, withProvider } from './providers';
import { aborted, interruption } from '../support/interruption';

const PROMPT = 'A wooded valley at dawn, soft light, film photograph';
const INSTRUCTION = 'Make it a clear night with a full moon';

const started = Date.now();
const say = (line = '') =>
	console.log(line && `[${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s] ${line}`);

/** What has been started, to be stopped in reverse. */
type Undo = Array<() => Promise<unknown>>;

const example = async (name: string): Promise<Workflow> =>
	JSON.parse(await readFile(resolve(__dirname, '../../examples', `${name}.json`), 'utf8')) as Workflow;

async function backend(undo: Undo) {
	const real = realProvider(process.env);
	if (real !== undefined) {
		const images = real.generates ? 2 : 1;
		const cost = Number((images * real.dollarsPerImage).toFixed(3));
		say(`${real.keyName} is set: this uses the REAL API of ${real.name} with your key.`);
		say(
			`It makes ${images} image${images > 1 ? 's' : ''} at $${real.dollarsPerImage} each, $${cost} together.`,
		);
		const credential = credentialFor(real, { apiKey: process.env[real.keyName] ?? '' });
		return { provider: real, credential, timeoutSeconds: 300 };
	}
	const emulator = await startEmulator({ timing: { queueMs: 500, runMs: 2500 } });
	undo.push(async () => await emulator.close());
	const { baseUrl, apiKey } = emulator.providers.blackForestLabs;
	say(`No API key in the environment: an emulator of ${emulatedProvider.name} at ${baseUrl} stands in.`);
	say('It draws a landscape whatever the prompt, and nothing is paid.');
	return {
		provider: emulatedProvider,
		credential: credentialFor(emulatedProvider, { apiKey, baseUrl }),
		timeoutSeconds: 45,
	};
}

function form({ bytes, mimeType }: Picture): FormData {
	const fields = new FormData();
	fields.append(
		'data',
		new Blob([new Uint8Array(bytes)], { type: mimeType }),
		`picture.${mimeType.split('/')[1] ?? ''}`,
	);
	fields.append('prompt', INSTRUCTION);
	return fields;
}

async function demo(undo: Undo, signal: AbortSignal): Promise<N8n> {
	const host = await installHost({ report: say, signal });
	const packageTarball = await packTarball();
	undo.push(async () => await rm(dirname(packageTarball), { recursive: true, force: true }));
	const { provider, credential, timeoutSeconds } = await backend(undo);
	const generate = withProvider(await example('generate-image'), provider, timeoutSeconds);
	const edit = withProvider(await example('edit-image'), provider, timeoutSeconds);
	const workflows = provider.generates ? [generate, edit] : [edit];
	const n8n = await startN8n({
		host,
		packageTarball,
		credentials: [credential],
		workflows,
		report: say,
		signal,
	});
	undo.push(async () => await n8n.stop());

	const common = { n8n, timeoutMs: (timeoutSeconds + 30) * 1000, signal };
	try {
		let picture: Picture;
		if (provider.generates) {
			say(`Generating: ${PROMPT}`);
			picture = await call({ ...common, workflow: generate, body: { prompt: PROMPT } });
		} else {
			say(`${provider.name} only edits: drawing the picture to edit here`);
			picture = await drawPicture();
		}
		say(`  → ${await savePicture(picture, 'generated')}`);
		say(`Editing: ${INSTRUCTION}`);
		const edited = await call({ ...common, workflow: edit, body: form(picture) });
		say(`  → ${await savePicture(edited, 'edited')}`);
	} catch (error) {
		throw new Error(`${(error as Error).message}\n\nThe end of n8n's log:\n${lastLines(n8n.log())}`, {
			cause: error,
		});
	}
	const { email, password } = await n8n.owner();
	say();
	say(`The editor: ${n8n.url}`);
	say(`Sign in as ${email} with the password ${password}`);
	return n8n;
}

async function main(): Promise<number> {
	const once = process.argv.includes('--once');
	const interrupted = interruption();
	interrupted.addEventListener('abort', () => say('Stopping …'));
	const undo: Undo = [];
	try {
		const n8n = await demo(undo, interrupted);
		if (once) return 0;
		say('Ctrl-C stops everything.');
		const end = await Promise.race([aborted(interrupted), n8n.ended]);
		if (end === undefined) return 0;
		console.error(`\nn8n ended by itself with ${end}. The end of its log:\n${lastLines(n8n.log())}`);
		return 1;
	} catch (error) {
		if (interrupted.aborted) return 130;
		console.error(`\nThe demo failed. ${(error as Error).message}`);
		return 1;
	} finally {
		if (!interrupted.aborted) say('Stopping …');
		for (const stop of undo.reverse()) await stop().catch((error: unknown) => console.error(error));
	}
}

void main().then((status) => process.exit(status));
