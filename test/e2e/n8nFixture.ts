import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { startEmulator, type Emulator } from '../../tools/emulator';
import type { Execution, ExecutionOptions } from '../../tools/n8n-host/executions';
import { removeAll } from '../../tools/n8n-host/files';
import { credentialsFor, idOf, workflowOf, type FluxWorkflow } from '../../tools/n8n-host/fluxWorkflow';
import { installHost } from '../../tools/n8n-host/install';
import { startN8n, type N8n, type StartOptions } from '../../tools/n8n-host/n8n';
import { packTarball } from '../../tools/n8n-host/pack';
import type { InjectedFault } from '../../tools/n8n-host/requestTable';
import { failureReport, recordFaults } from './failureReport';
import { registerFailureReporter } from './failureReporter';

/** A real n8n with the packed node, and an emulator of all providers. */
export interface N8nFixture {
	emulator: Emulator;
	n8n: N8n;
	/** Waits until the latest execution of a workflow, given by its name, has settled. */
	execution: (name: string, options?: ExecutionOptions) => Promise<Execution>;
	/**
	 * Waits until the latest `count` executions of a workflow, given by its name, have settled; oldest first.
	 */
	executions: (name: string, count: number, options?: ExecutionOptions) => Promise<Execution[]>;
	/** Kills n8n as a power failure would, and starts it again on the same folder and port. */
	restart: () => Promise<void>;
}

type AdditionalOptions = Partial<Pick<StartOptions, 'credentials' | 'workflows' | 'env'>>;

/** Starts n8n in another way than `startN8n` does. */
type Start = (options: StartOptions) => Promise<N8n>;

interface FixtureState {
	emulator: Emulator;
	faults: readonly InjectedFault[];
	packageTarball: string;
	options: StartOptions & { userFolder: string };
	n8n: N8n;
}

/** A cold cache needs the time to install n8n. */
const START_TIMEOUT_MS = 1_200_000;

async function stopFixture(state: Partial<FixtureState>): Promise<void> {
	const { n8n, emulator, packageTarball, options } = state;
	await n8n?.stop();
	if (options !== undefined) {
		if (process.env['E2E_KEEP'] === '1')
			process.stderr.write(`n8n's user folder is kept in ${options.userFolder}\n`);
		else await removeAll(options.userFolder);
	}
	await emulator?.close();
	if (packageTarball !== undefined) await rm(dirname(packageTarball), { recursive: true, force: true });
}

async function restartN8n(state: FixtureState, start: Start): Promise<void> {
	const { url, kill, ended } = state.n8n;
	kill();
	await ended;
	const port = Number(new URL(url).port);
	state.n8n = await start({ ...state.options, port, credentials: [], workflows: [] });
}

/**
 * Starts a real n8n with the packed node and these workflows for the tests of a file, and an emulator that is
 * cleared before each test. When a test fails, prints the end of n8n's log and the emulator's requests. With
 * `E2E_KEEP=1` n8n's user folder is kept.
 */
export function useN8nFixture(
	fluxWorkflows: readonly FluxWorkflow[],
	additionalOptions: (emulator: Emulator) => Promise<AdditionalOptions>,
	start: Start = startN8n,
): N8nFixture {
	// What has not been started yet is missing.
	const state = {} as FixtureState;
	beforeAll(async () => {
		registerFailureReporter((name) => {
			const { n8n, emulator, faults = [] } = state as Partial<FixtureState>;
			process.stderr.write(failureReport(name, n8n, emulator, faults));
		});
		const host = await installHost({ report: (line) => process.stderr.write(`${line}\n`) });
		state.emulator = await startEmulator();
		state.faults = recordFaults(state.emulator);
		const { credentials = [], workflows = [], ...settings } = await additionalOptions(state.emulator);
		state.packageTarball = await packTarball();
		state.options = {
			...settings,
			host,
			packageTarball: state.packageTarball,
			userFolder: await mkdtemp(join(tmpdir(), 'flux-kontext-n8n-')),
			credentials: [...credentialsFor(state.emulator), ...credentials],
			workflows: [...fluxWorkflows.map(workflowOf), ...workflows],
		};
		state.n8n = await start(state.options);
	}, START_TIMEOUT_MS);
	beforeEach(() => state.emulator.clear());
	afterAll(async () => await stopFixture(state));
	return {
		get emulator() {
			return state.emulator;
		},
		get n8n() {
			return state.n8n;
		},
		execution: async (name, options) => await state.n8n.execution(idOf(name), options),
		executions: async (name, count, options) => await state.n8n.executions(idOf(name), count, options),
		restart: async () => await restartN8n(state, start),
	};
}
