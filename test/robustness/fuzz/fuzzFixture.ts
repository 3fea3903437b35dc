import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { IExecuteFunctions } from 'n8n-workflow';

import {
	cancelJob,
	plan,
	prepare,
	resumeJob,
	runJob,
	type Cancellation,
	type JobOutcome,
	type JobRecord,
	type PreparedRequest,
	type Provider,
	type ResumeOptions,
	type JobContext,
} from '../../../index';
import type { Handle } from '../../../nodes/FluxKontext/core/provider';
import { n8nPorts } from '../../../nodes/FluxKontext/transport/ports';
import { simplest } from '../../contract/contractFixture';
import { startEmulator, type Emulator, type ProviderId } from '../../../tools/emulator';
import { drawOnce } from '../../support/draw';
import { emulatorCredentials, inContext } from '../../../tools/n8n-core/runNode';
import { bytesImage } from '../../support/requests';
import { inVirtualTime, VirtualClock } from '../../support/virtualClock';
import { watchedPorts, type Watched } from './fence';
import type { Script } from './mutations';
import { startProxy, type Proxy } from './proxy';

/** Long enough that a job is seen pending, also by a provider that holds a submit for 5 s. */
const timing = { queueMs: 2_000, runMs: 5_000 };
/** Long enough for trouble to be ridden out, short enough that polling for all of it is not hundreds of requests. */
export const TIMEOUT_MS = 40_000;
/** Real milliseconds in which a run in virtual time must have come to its end. */
const SETTLE_MS = 20_000;

/** How a run went, and what it left behind. */
export interface Ran<T = JobOutcome<Buffer>> {
	/** `null` if it rejected or did not settle: `broken` says so. */
	outcome: T | null;
	broken: string | null;
	/** Virtual milliseconds. */
	tookMs: number;
	watched: Watched;
	/** Sleeps that were not ended when it came to its end. */
	sleeping: number;
	/** Requests that were not read or let go of soon after. */
	calls: number;
}

/** A stranger's server: it serves a true image, and sees what it is shown. */
export interface Trap {
	origin: string;
	seen: string[];
	close: () => Promise<void>;
}

export async function startTrap(image: Buffer): Promise<Trap> {
	const seen: string[] = [];
	const server = createServer((request, response) => {
		seen.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
		request.resume().on('end', () => response.writeHead(200, { 'content-type': 'image/png' }).end(image));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		seen,
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

/** One provider behind the proxy: the node's own transport inside n8n-core, in a time of its own. */
export interface FuzzFixture {
	provider: Provider;
	apiKey: string;
	baseUrl: string;
	emulator: Emulator;
	proxy: Proxy;
	trap: Trap;
	request: PreparedRequest;
	submit(script: Script, completion?: 'wait' | 'submit'): Promise<Ran>;
	resume(script: Script, job: JobRecord<Handle>, options: { wait: boolean; afterMs: number }): Promise<Ran>;
	cancel(script: Script, job: JobRecord<Handle>): Promise<Ran<Cancellation>>;
}

/** A host that may see the key besides the base URL's; there is none where a provider has none. */
const trustedOf = ({ trustedHosts: [host = 'nobody.invalid'] }: Provider): string =>
	`https://${host.replace('*', 'eu')}`;

function prepared(
	provider: Provider,
	{ sampleImage: { url, bytes, width, height } }: Emulator,
): PreparedRequest {
	const { request, sources } = simplest(provider);
	const planned = plan(provider, request, sources.length);
	if (!planned.ok) throw new Error(planned.fault.message);
	const ready = prepare(
		planned.value,
		sources.map((source) =>
			source === 'url'
				? { kind: 'url', url, size: null }
				: bytesImage(new Uint8Array(bytes), { width, height }),
		),
	);
	const [first] = ready.ok ? ready.value.requests : [];
	if (!first) throw new Error('There is no job to run');
	return first;
}

const store: ResumeOptions<Buffer>['store'] = async ({ chunks }) => {
	const parts: Uint8Array[] = [];
	for await (const chunk of chunks) parts.push(chunk);
	return Buffer.concat(parts);
};

const tick = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

async function within<T>(ms: number, work: Promise<T>): Promise<T | 'late'> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<'late'>((resolve) => {
		timer = setTimeout(() => resolve('late'), ms);
	});
	return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Runs `work` and looks at what it has left behind. */
async function watchedRun<T>(clock: VirtualClock, watched: Watched, work: () => Promise<T>): Promise<Ran<T>> {
	const started = clock.now();
	let outcome: T | null = null;
	let broken: string | null = null;
	try {
		const done = await within(SETTLE_MS, work());
		if (done === 'late') broken = 'it did not settle';
		else outcome = done;
	} catch (error) {
		broken = `it rejected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
	}
	const tookMs = clock.now() - started;
	// Time does not go on before the next turn of the event loop, so what was ended has shown by then and what was not has not come due.
	for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
	const { sleeping } = watched;
	const end = Date.now() + SETTLE_MS / 4;
	while (clock.open().calls > 0 && Date.now() < end) await tick();
	return { outcome, broken, tookMs, watched, sleeping, calls: clock.open().calls };
}

/** What `work` comes to in a fresh fixture of this provider. */
export async function withFuzzFixture<T>(
	provider: Provider,
	work: (fixture: FuzzFixture) => Promise<T>,
): Promise<T> {
	const clock = new VirtualClock();
	const emulator = await startEmulator({ timing, clock, draw: drawOnce });
	const trap = await startTrap(emulator.sampleImage.bytes);
	const proxy = await startProxy({
		emulator,
		trap: trap.origin,
		trusted: trustedOf(provider),
		stuck: (call, since) => clock.stuck(call, since),
	});
	const { apiKey, baseUrl: genuine } = emulator.providers[provider.id as ProviderId];
	const baseUrl = genuine.replace(emulator.origin, proxy.origin);
	const request = prepared(provider, emulator);
	const begin = (context: IExecuteFunctions, script: Script) => {
		proxy.play(script);
		emulator.requests.length = 0;
		trap.seen.length = 0;
		const end = new AbortController();
		const { ports, watched } = watchedPorts(
			{ ...inVirtualTime(n8nPorts(context, provider.credential), clock), random: () => 0.5 },
			() => end.abort(),
		);
		const run: JobContext = {
			provider,
			baseUrl,
			ports,
			deadline: clock.now() + TIMEOUT_MS,
			signal: end.signal,
		};
		return { run, watched };
	};
	const worldOf = (context: IExecuteFunctions): FuzzFixture => ({
		provider,
		apiKey,
		baseUrl,
		emulator,
		proxy,
		trap,
		request,
		async submit(script, completion = 'wait') {
			emulator.clear();
			const { run, watched } = begin(context, script);
			return await watchedRun(
				clock,
				watched,
				async () => await runJob(run, request, { store, cancelOnTimeout: true, completion }),
			);
		},
		async resume(script, job, { wait, afterMs }) {
			await clock.sleep(afterMs, new AbortController().signal);
			const { run, watched } = begin(context, script);
			return await watchedRun(
				clock,
				watched,
				async () => await resumeJob(run, job, { store, cancelOnTimeout: true, wait }),
			);
		},
		async cancel(script, job) {
			const { run, watched } = begin(context, script);
			return await watchedRun(clock, watched, async () => await cancelJob(run, job.handle));
		},
	});
	const credentials = { ...emulatorCredentials(emulator), [provider.credential]: { apiKey, baseUrl } };
	try {
		return await inContext(
			{ parameters: { resource: 'image', provider: provider.id, prompt: 'a red fox' }, credentials },
			async (context) => await work(worldOf(context)),
		);
	} finally {
		await Promise.all([emulator.close(), trap.close(), proxy.close()]);
	}
}
