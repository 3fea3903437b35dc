import { createHmac } from 'node:crypto';

import type { IExecuteFunctions } from 'n8n-workflow';

import {
	createEngine,
	type Cancellation,
	type Engine,
	type JobOutcome,
	type JobRecord,
	type JobSetup,
	type PreparedRequest,
	type Provider,
} from '../../../index';
import type { HandleSigner } from '../../../nodes/FluxKontext/core/job/handleSigner';
import type { Handle } from '../../../nodes/FluxKontext/core/job/snapshot';
import { createNodePorts } from '../../../nodes/FluxKontext/transport/ports';
import { startEmulator, type Emulator, type ProviderId } from '../../../tools/emulator';
import { emulatorCredentials, inContext } from '../../../tools/n8n-core/runNode';
import { drawOnce } from '../../support/draw';
import { inVirtualTime, VirtualClock } from '../../support/virtualClock';
import { startForeignServer, type ForeignServer } from '../foreignServer';
import { simplestPrepared, storeInMemory } from '../requests';
import { runWatched, type FuzzRun } from './fuzzRun';
import type { Script } from './mutations';
import { startProxy, type Proxy } from './proxy';
import { watchPorts, type PortActivity } from './watchedPorts';

/**
 * Duration of an emulated job in virtual milliseconds: long enough that it is polled while it is pending,
 * also by a provider that holds the response to a submit for 5 s.
 */
const timing = { queueMs: 2_000, runMs: 5_000 };
/**
 * Timeout of a job in virtual milliseconds: long enough to retry transient faults, short enough that a job
 * that never ends does not take hundreds of requests.
 */
export const TIMEOUT_MS = 40_000;

/** One provider behind the proxy: the node's transport inside n8n-core, in virtual time. */
export interface FuzzFixture {
	provider: Provider;
	apiKey: string;
	/** Base URL of the provider at the proxy. */
	baseUrl: string;
	/** Signs the links in handles, as the node does. */
	signer: HandleSigner;
	emulator: Emulator;
	proxy: Proxy;
	foreign: ForeignServer;
	request: PreparedRequest;
	/** Runs a job while the proxy follows a script. */
	submit(script: Script, completion?: 'wait' | 'submit'): Promise<FuzzRun<JobOutcome<Buffer>>>;
	/** Resumes a job `afterMs` virtual milliseconds later. */
	resume(
		script: Script,
		job: JobRecord<Handle>,
		options: { wait: boolean; afterMs: number },
	): Promise<FuzzRun<JobOutcome<Buffer>>>;
	cancel(script: Script, job: JobRecord<Handle>): Promise<FuzzRun<Cancellation>>;
}

/** Servers and addresses of a fixture, before n8n has created an execution. */
interface Environment {
	provider: Provider;
	apiKey: string;
	baseUrl: string;
	signer: HandleSigner;
	clock: VirtualClock;
	engine: Engine;
	emulator: Emulator;
	foreign: ForeignServer;
	proxy: Proxy;
}

/** Returns another origin that may receive the key; an invalid one if the provider has none. */
const trustedOrigin = ({ trustedHosts: [host = 'nobody.invalid'] }: Provider): string =>
	`https://${host.replace('*', 'eu')}`;

function signerWith(apiKey: string): HandleSigner {
	const sign = (text: string) => createHmac('sha256', apiKey).update(text).digest('hex');
	return { sign, verify: (text, signature) => sign(text) === signature };
}

async function startEnvironment(provider: Provider): Promise<Environment> {
	const clock = new VirtualClock();
	const emulator = await startEmulator({ timing, clock, draw: drawOnce });
	const foreign = await startForeignServer(emulator.sampleImage.bytes);
	const proxy = await startProxy({
		emulator,
		foreign: foreign.origin,
		trusted: trustedOrigin(provider),
		stuck: (call, since) => clock.stuck(call, since),
	});
	const { apiKey, baseUrl: emulatorUrl } = emulator.providers[provider.id as ProviderId];
	const baseUrl = emulatorUrl.replace(emulator.origin, proxy.origin);
	return {
		provider,
		apiKey,
		baseUrl,
		signer: signerWith(apiKey),
		clock,
		engine: createEngine(),
		emulator,
		foreign,
		proxy,
	};
}

/** Starts a script, and returns watched ports and the setup of a job. */
function beginRun(
	{ provider, baseUrl, signer, clock, emulator, foreign, proxy }: Environment,
	context: IExecuteFunctions,
	script: Script,
): { setup: JobSetup; activity: PortActivity } {
	proxy.play(script);
	emulator.requests.length = 0;
	foreign.received.length = 0;
	const controller = new AbortController();
	const nodePorts = createNodePorts(context, provider.credential);
	const { ports, activity } = watchPorts({ ...inVirtualTime(nodePorts, clock), random: () => 0.5 }, () =>
		controller.abort(),
	);
	const deadline = clock.now() + TIMEOUT_MS;
	return { setup: { provider, baseUrl, signer, ports, deadline, signal: controller.signal }, activity };
}

function createFixture(environment: Environment, context: IExecuteFunctions): FuzzFixture {
	const { provider, apiKey, baseUrl, signer, clock, engine, emulator, foreign, proxy } = environment;
	const request = simplestPrepared(provider, emulator);
	const watched = async <T>(script: Script, work: (setup: JobSetup) => Promise<T>): Promise<FuzzRun<T>> => {
		const { setup, activity } = beginRun(environment, context, script);
		return await runWatched(clock, activity, async () => await work(setup));
	};
	const delivery = { store: storeInMemory, cancelOnTimeout: true };
	return {
		provider,
		apiKey,
		baseUrl,
		signer,
		emulator,
		proxy,
		foreign,
		request,
		async submit(script, completion = 'wait') {
			emulator.clear();
			return await watched(
				script,
				async (setup) => await engine.runJob(setup, request, { ...delivery, completion }),
			);
		},
		async resume(script, job, { wait, afterMs }) {
			await clock.sleep(afterMs, new AbortController().signal);
			return await watched(
				script,
				async (setup) => await engine.resumeJob(setup, job, { ...delivery, wait }),
			);
		},
		async cancel(script, job) {
			return await watched(script, async (setup) => await engine.cancelJob(setup, job.handle));
		},
	};
}

/** Calls `work` with a new fixture of a provider, and closes its servers afterwards. */
export async function withFuzzFixture<T>(
	provider: Provider,
	work: (fixture: FuzzFixture) => Promise<T>,
): Promise<T> {
	const environment = await startEnvironment(provider);
	const { apiKey, baseUrl, emulator, foreign, proxy } = environment;
	const credentials = { ...emulatorCredentials(emulator), [provider.credential]: { apiKey, baseUrl } };
	const parameters = { resource: 'image', provider: provider.id, prompt: 'a red fox' };
	try {
		return await inContext(
			{ parameters, credentials },
			async (context) => await work(createFixture(environment, context)),
		);
	} finally {
		await Promise.all([emulator.close(), foreign.close(), proxy.close()]);
	}
}
