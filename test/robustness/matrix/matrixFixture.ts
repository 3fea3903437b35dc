import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { IExecuteFunctions } from 'n8n-workflow';

import {
	plan,
	prepare,
	runJob,
	type ImageRequest,
	type JobOutcome,
	type PreparedRequest,
	type Provider,
} from '../../../index';
import { n8nPorts } from '../../../nodes/FluxKontext/transport/ports';
import { simplest } from '../../contract/contractFixture';
import { startEmulator, type Emulator, type ProviderId } from '../../../tools/emulator';
import { emulatorCredentials, inContext } from '../../../tools/n8n-core/runNode';
import { bytesImage } from '../../support/requests';
import { inVirtualTime, VirtualClock } from '../../support/virtualClock';
import { drawOnce } from '../../support/draw';

/** Long enough that every provider with a status request is asked for it: Replicate holds a submit for 5 s. */
const timing = { queueMs: 2_000, runMs: 5_000 };

export interface Ran {
	outcome: JobOutcome<Buffer>;
	/** Virtual milliseconds. */
	tookMs: number;
}

/** The real transport inside n8n-core, against the real emulator, in a time of its own. */
export interface MatrixFixture {
	emulator: Emulator;
	clock: VirtualClock;
	elsewhere: Elsewhere;
	/** One job of this provider with the simplest request that it takes. */
	run(provider: Provider, timeoutMs: number): Promise<Ran>;
	clear(): void;
	close(): Promise<void>;
}

/** Another origin, that redirects lead to. */
export interface Elsewhere {
	url: string;
	/** All that it was shown: addresses, headers and bodies. */
	seen: string[];
	close(): Promise<void>;
}

async function startElsewhere(image: Buffer): Promise<Elsewhere> {
	const seen: string[] = [];
	const server = createServer((request, response) => {
		seen.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
		request.on('data', (chunk: Buffer) => seen.push(chunk.toString('latin1')));
		request.on('end', () => response.writeHead(200, { 'content-type': 'image/png' }).end(image));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/elsewhere`,
		seen,
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

/** The simplest request; where answers bring images inline or as links in turn, links. */
function requestOf(provider: Provider): { request: ImageRequest; sources: readonly string[] } {
	const { request, sources } = simplest(provider);
	const additionalFields = provider.id === 'openAiCompatible' ? { response_format: 'url' } : {};
	return { request: { ...request, additionalFields }, sources };
}

function prepared(
	provider: Provider,
	{ sampleImage: { url, bytes, width, height } }: Emulator,
): PreparedRequest {
	const { request, sources } = requestOf(provider);
	const planned = plan(provider, request, sources.length);
	if (!planned.ok) throw new Error(planned.fault.message);
	const images = sources.map((source) =>
		source === 'url'
			? ({ kind: 'url', url, size: null } as const)
			: bytesImage(new Uint8Array(bytes), { width, height }),
	);
	const ready = prepare(planned.value, images);
	if (!ready.ok) throw new Error(ready.fault.message);
	const [first] = ready.value.requests;
	if (!first) throw new Error('There is no job to run');
	return first;
}

async function keep({ chunks }: { chunks: AsyncIterable<Uint8Array> }): Promise<Buffer> {
	const parts: Uint8Array[] = [];
	for await (const chunk of chunks) parts.push(chunk);
	return Buffer.concat(parts);
}

export async function startMatrixFixture(): Promise<MatrixFixture> {
	const clock = new VirtualClock();
	const emulator = await startEmulator({ timing, clock, draw: drawOnce });
	const elsewhere = await startElsewhere(emulator.sampleImage.bytes);
	const job = async (context: IExecuteFunctions, provider: Provider, timeoutMs: number): Promise<Ran> => {
		const ports = { ...inVirtualTime(n8nPorts(context, provider.credential), clock), random: () => 0.5 };
		const { signal } = new AbortController();
		const started = clock.now();
		const { baseUrl } = emulator.providers[provider.id as ProviderId];
		const run = { provider, baseUrl, ports, deadline: started + timeoutMs, signal };
		const outcome = await runJob(run, prepared(provider, emulator), {
			store: keep,
			cancelOnTimeout: true,
		});
		return { outcome, tookMs: clock.now() - started };
	};
	return {
		emulator,
		clock,
		elsewhere,
		run: async (provider, timeoutMs) =>
			await inContext(
				{
					parameters: { resource: 'image', provider: provider.id, prompt: 'a red fox' },
					credentials: emulatorCredentials(emulator),
				},
				async (context) => await job(context, provider, timeoutMs),
			),
		clear: () => {
			emulator.clear();
			elsewhere.seen.length = 0;
		},
		close: async () => {
			await Promise.all([emulator.close(), elsewhere.close()]);
		},
	};
}
