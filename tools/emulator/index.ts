import type { FastifyInstance } from 'fastify';
import { buildApiServer, mountProvider } from './apiServer';
import { type EmulatorClock, realClock } from './clock';
import { addControlRoutes } from './control';
import { FaultQueue, parseFault } from './faults';
import { buildFileServer, samplePath } from './fileServer';
import { providerIds } from './ids';
import { JobStore } from './jobs';
import { LinkSigner } from './links';
import { drawPicture } from './picture';
import type { EmulatedProvider, ProviderContext } from './provider';
import * as registry from './providers';
import { RateLimiter } from './rateLimiter';
import type { Emulator, EmulatorOptions, ProviderId, RecordedRequest, SampleImage, Timing } from './types';
import { UnansweredConnections } from './unanswered';
import { WebhookSender } from './webhooks/webhookSender';

export type * from './types';

const host = '127.0.0.1';
const defaultTiming: Timing = { queueMs: 30, runMs: 120 };

/**
 * Starts the API server and the file server, each on a port of its own on the loopback interface. Rejects if
 * a port is in use. The emulator runs until it is closed.
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
	const state = createState(options);
	const { faults, requests, jobs, webhookSender } = state;
	const sample = await drawSample();

	const files = buildFileServer({ ...state, sample });
	const filesOrigin = await listen(files, options.filesPort);
	const api = await buildApiServer();
	const inject: Emulator['inject'] = (fault) => faults.add(parseFault(fault));
	const clear: Emulator['clear'] = () => {
		requests.length = 0;
		for (const part of [jobs, faults, state.rateLimiter, webhookSender]) part.clear();
	};
	const recorded = { requests, jobs: jobs.all, callbacks: webhookSender.sent };
	addControlRoutes(api, { ...recorded, inject, clear });

	// The origin is known only when the server listens, and routes cannot be added after that.
	const server = { origin: '' };
	const apiKeys = eachProvider((id, { newApiKey }) => options.apiKeys?.[id] ?? newApiKey());
	const baseUrlOf = (id: ProviderId) => `${server.origin}/${id}${registry[id].basePath}`;
	for (const id of providerIds) {
		const provider = registry[id];
		const context = createContext(id, provider, state, filesOrigin, () => baseUrlOf(id));
		await mountProvider(api, { ...state, id, provider, apiKey: apiKeys[id], context });
	}
	server.origin = await listen(api, options.port);

	return {
		origin: server.origin,
		filesOrigin,
		providers: eachProvider((id) => ({ baseUrl: baseUrlOf(id), apiKey: apiKeys[id] })),
		timing: state.timing,
		...recorded,
		inject,
		calm: () => faults.clear(),
		clear,
		...countsOf(state),
		sampleImage: { ...sample, url: filesOrigin + samplePath },
		close: async () => {
			webhookSender.stop();
			await Promise.all([api.close(), files.close()]);
		},
	};
}

const countsOf = ({ faults, unanswered }: EmulatorState) => ({
	pendingFaults: () => faults.pending,
	unansweredConnections: () => unanswered.count,
});

/** The state that all servers of one emulator share. */
interface EmulatorState {
	clock: EmulatorClock;
	timing: Timing;
	requests: RecordedRequest[];
	faults: FaultQueue;
	jobs: JobStore;
	links: LinkSigner;
	rateLimiter: RateLimiter;
	webhookSender: WebhookSender;
	unanswered: UnansweredConnections;
}

function createState({ clock = realClock, draw = drawPicture, ...options }: EmulatorOptions): EmulatorState {
	const timing = { ...defaultTiming, ...options.timing };
	const faults = new FaultQueue();
	return {
		clock,
		timing,
		requests: [],
		faults,
		jobs: new JobStore(timing, faults, clock.now, draw),
		links: new LinkSigner(),
		rateLimiter: new RateLimiter(clock.now),
		webhookSender: new WebhookSender(clock, faults),
		unanswered: new UnansweredConnections(),
	};
}

function createContext(
	id: ProviderId,
	{ links: rule }: EmulatedProvider,
	{ clock, jobs, links, webhookSender }: EmulatorState,
	filesOrigin: string,
	baseUrl: () => string,
): ProviderContext {
	return {
		get baseUrl() {
			return baseUrl();
		},
		get jobs() {
			return jobs.of(id);
		},
		clock,
		accept: (draft, webhook) => {
			const fault = webhook && webhookSender.takeFault(id, webhook);
			const job = jobs.accept(id, { ...draft, instant: fault?.kind === 'early' });
			if (webhook) webhookSender.schedule(job, webhook, fault);
			return job;
		},
		find: (jobId) => jobs.find(id, jobId),
		cancel: (job) => {
			const isCancelled = jobs.cancel(job);
			if (isCancelled) webhookSender.reportCancellation(job);
			return isCancelled;
		},
		linkTo: (job, index = 0) => filesOrigin + links.pathTo(job, index, rule),
		picture: async (job, index) => await jobs.picture(job, index),
	};
}

const listen = async (app: FastifyInstance, port = 0): Promise<string> => await app.listen({ host, port });

type ByProvider<T> = Record<ProviderId, T>;

const eachProvider = <T>(create: (id: ProviderId, provider: EmulatedProvider) => T): ByProvider<T> =>
	Object.fromEntries(providerIds.map((id) => [id, create(id, registry[id])])) as ByProvider<T>;

async function drawSample(): Promise<Omit<SampleImage, 'url'>> {
	const size = { width: 640, height: 480 };
	const spec = { prompt: 'a valley', seed: 1, format: 'png' as const, inputs: [] };
	return { bytes: await drawPicture({ ...spec, ...size }), mimeType: 'image/png', ...size };
}
