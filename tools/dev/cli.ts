// A real n8n with the node, kept between runs: what is saved is built into it, and n8n loads it anew.
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { providers } from '../../nodes/FluxKontext/providers';
import { startEmulator, type Emulator, type ProviderId } from '../emulator';
import { cacheDir, installHost } from '../n8n-host/install';
import { startN8n, type N8n } from '../n8n-host/n8n';
import { lastLines } from '../n8n-host/npm';
import { packTarball } from '../n8n-host/pack';
import type { CredentialFile, Workflow } from '../n8n-host/workflows';
import { copyOnSave } from './assets';
import { compileOnSave } from './compile';
import { aborted, interruption } from '../support/interruption';

const PACKAGE = 'n8n-nodes-flux-kontext';
/** The credential that the examples name. */
const EXAMPLES = { provider: 'blackForestLabs', id: 'fluxKontextBfl0001' };

const say = (line = ''): void => console.log(line);

/** One for each provider, with the key and the address of its emulator. */
const credentialsFor = ({ providers: emulated }: Emulator): CredentialFile[] =>
	providers.map(({ id, displayName, credential }) => ({
		id: id === EXAMPLES.provider ? EXAMPLES.id : `fluxKontext-${id}`,
		name: `${displayName} (emulated)`,
		type: credential,
		data: { ...emulated[id as ProviderId] },
	}));

const example = async (name: string): Promise<Workflow> =>
	JSON.parse(await readFile(resolve(__dirname, '../../examples', `${name}.json`), 'utf8')) as Workflow;

interface Options {
	port: number;
	userFolder: string;
	signal: AbortSignal;
}

async function start(undo: Array<() => unknown>, { port, userFolder, signal }: Options): Promise<N8n> {
	const host = await installHost({ report: say, signal });
	const packageTarball = await packTarball();
	undo.push(async () => await rm(dirname(packageTarball), { recursive: true, force: true }));
	const emulator = await startEmulator({ timing: { queueMs: 500, runMs: 2500 } });
	undo.push(async () => await emulator.close());
	// Written when n8n is up for the first time. What has become of the examples since is not overwritten.
	const isKept = existsSync(join(userFolder, 'owner.json'));
	const workflows = isKept ? [] : await Promise.all(['generate-image', 'edit-image'].map(example));
	const env = { N8N_DEV_RELOAD: 'true' };
	const n8n = await startN8n({
		host,
		packageTarball,
		credentials: credentialsFor(emulator),
		workflows,
		port,
		userFolder,
		env,
		report: say,
		signal,
	});
	undo.push(async () => await n8n.stop());
	const installed = join(userFolder, '.n8n', 'nodes', 'node_modules', PACKAGE, 'dist');
	undo.push(compileOnSave(installed, say), copyOnSave(installed, say));
	return n8n;
}

async function main(): Promise<number> {
	const { values } = parseArgs({
		options: {
			port: { type: 'string', default: '5678' },
			folder: { type: 'string', default: join(cacheDir(), 'dev') },
		},
	});
	const port = Number(values.port);
	if (!Number.isInteger(port) || port < 1 || port > 65_535)
		throw new Error(`--port must be a number from 1 to 65535, not ${values.port}`);
	const interrupted = interruption();
	interrupted.addEventListener('abort', () => say('Stopping …'));
	const undo: Array<() => unknown> = [];
	try {
		const n8n = await start(undo, { port, userFolder: resolve(values.folder), signal: interrupted });
		const { email, password } = await n8n.owner();
		say();
		say(`The editor: ${n8n.url}`);
		say(`Sign in as ${email} with the password ${password}`);
		say(`Workflows and all else of this n8n are kept in ${n8n.userFolder}; remove it to begin anew.`);
		say('Ctrl-C stops everything.');
		const end = await Promise.race([aborted(interrupted), n8n.ended]);
		if (end === undefined) return 0;
		console.error(`\nn8n ended by itself with ${end}. The end of its log:\n${lastLines(n8n.log())}`);
		return 1;
	} catch (error) {
		if (interrupted.aborted) return 130;
		throw error;
	} finally {
		for (const stop of undo.reverse()) await stop();
	}
}

main().then(
	(status) => process.exit(status),
	(error: unknown) => {
		console.error((error as Error).message);
		process.exit(1);
	},
);
