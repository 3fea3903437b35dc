// Runs a real n8n with the node and keeps its data between runs: `npm run dev`. Every saved source is
// compiled into it, and n8n reloads the node.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { providers } from '../../nodes/FluxKontext/providers';
import { startEmulator, type Emulator, type ProviderId } from '../emulator';
import { cacheDir, installHost } from '../n8n-host/install';
import { lastLines } from '../n8n-host/lastLines';
import { startN8n, type N8n } from '../n8n-host/n8n';
import { packTarball } from '../n8n-host/pack';
import type { CredentialFile } from '../n8n-host/workflows';
import { runCleanup, type Cleanup } from '../support/cleanup';
import { readExample } from '../support/examples';
import { aborted, interruption } from '../support/interruption';
import { copyOnSave } from './assets';
import { compileOnSave } from './compile';

const PACKAGE = 'n8n-nodes-flux-kontext';
/** The credential that the examples name. */
const EXAMPLE_CREDENTIAL = { provider: 'blackForestLabs', id: 'fluxKontextBfl0001' };
const EMULATOR_TIMING = { queueMs: 500, runMs: 2500 };
const MAX_PORT = 65_535;
/** Exit status of a process that SIGINT ended, by the convention of shells. */
const INTERRUPTED = 130;

const print = (line = ''): void => console.log(line);

/** Creates a credential for each provider, with the key and the URL of its emulator. */
const credentialsFor = ({ providers: emulated }: Emulator): CredentialFile[] =>
	providers.map(({ id, displayName, credential }) => ({
		id: id === EXAMPLE_CREDENTIAL.provider ? EXAMPLE_CREDENTIAL.id : `fluxKontext-${id}`,
		name: `${displayName} (emulated)`,
		type: credential,
		data: { ...emulated[id as ProviderId] },
	}));

interface DevOptions {
	port: number;
	userFolder: string;
	signal: AbortSignal;
}

async function start(cleanup: Cleanup, { port, userFolder, signal }: DevOptions): Promise<N8n> {
	const host = await installHost({ report: print, signal });
	const packageTarball = await packTarball();
	cleanup.push(async () => await rm(dirname(packageTarball), { recursive: true, force: true }));
	const emulator = await startEmulator({ timing: EMULATOR_TIMING });
	cleanup.push(async () => await emulator.close());
	// The owner is saved at the end of the first start. Later starts keep the examples as the user has
	// changed them.
	const isFirstStart = !existsSync(join(userFolder, 'owner.json'));
	const workflows = isFirstStart
		? await Promise.all(['generate-image', 'edit-image'].map(readExample))
		: [];
	const n8n = await startN8n({
		host,
		packageTarball,
		credentials: credentialsFor(emulator),
		workflows,
		port,
		userFolder,
		env: { N8N_DEV_RELOAD: 'true' },
		report: print,
		signal,
	});
	cleanup.push(async () => await n8n.stop());
	const installed = join(userFolder, '.n8n', 'nodes', 'node_modules', PACKAGE, 'dist');
	cleanup.push(compileOnSave(installed, print), copyOnSave(installed, print));
	return n8n;
}

async function printAccess(n8n: N8n): Promise<void> {
	const { email, password } = await n8n.owner();
	print();
	print(`The editor: ${n8n.url}`);
	print(`Sign in as ${email} with the password ${password}`);
	print(`The data of this n8n is kept in ${n8n.userFolder}; remove that folder to start afresh.`);
	print('Ctrl-C stops everything.');
}

function readOptions(): Omit<DevOptions, 'signal'> {
	const { values } = parseArgs({
		options: {
			port: { type: 'string', default: '5678' },
			folder: { type: 'string', default: join(cacheDir(), 'dev') },
		},
	});
	const port = Number(values.port);
	if (!Number.isInteger(port) || port < 1 || port > MAX_PORT)
		throw new Error(`--port must be a number from 1 to ${MAX_PORT}, not ${values.port}`);
	return { port, userFolder: resolve(values.folder) };
}

async function main(): Promise<number> {
	const options = readOptions();
	const interrupted = interruption();
	interrupted.addEventListener('abort', () => print('Stopping …'));
	const cleanup: Cleanup = [];
	try {
		const n8n = await start(cleanup, { ...options, signal: interrupted });
		await printAccess(n8n);
		const outcome = await Promise.race([aborted(interrupted), n8n.ended]);
		if (outcome === undefined) return 0;
		console.error(`\nn8n ended by itself with ${outcome}. The end of its log:\n${lastLines(n8n.log())}`);
		return 1;
	} catch (error) {
		if (interrupted.aborted) return INTERRUPTED;
		throw error;
	} finally {
		await runCleanup(cleanup);
	}
}

main().then(
	(status) => process.exit(status),
	(error: unknown) => {
		console.error((error as Error).message);
		process.exit(1);
	},
);
