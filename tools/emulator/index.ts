import type { FastifyInstance } from 'fastify';
import { buildApi, mount } from './api';
import { realClock } from './clock';
import { Courier } from './callbacks/courier';
import { controlRoutes } from './control';
import { FaultQueue, parseFault } from './faults';
import { buildFiles, samplePath } from './files';
import { providerIds } from './ids';
import { JobStore } from './jobs';
import { LinkSigner } from './links';
import { drawPicture } from './picture';
import type { EmulatedProvider, World } from './provider';
import * as registry from './providers';
import { RateLimiter } from './rate';
import type { Emulator, EmulatorOptions, ProviderId, RecordedRequest, SampleImage } from './types';

export type * from './types';

const host = '127.0.0.1';
const defaultTiming = { queueMs: 30, runMs: 120 };

/** Starts the API server and the file server, each on its own origin, on this machine only. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
	const timing = { ...defaultTiming, ...options.timing };
	const { clock = realClock, draw = drawPicture } = options;
	const requests: RecordedRequest[] = [];
	const faults = new FaultQueue();
	const jobs = new JobStore(timing, faults, clock.now, draw);
	const links = new LinkSigner();
	const courier = new Courier(clock, faults);
	const rates = new RateLimiter(clock.now);
	const sample = await drawSample();

	const files = buildFiles({ jobs, faults, requests, links, clock, sample });
	const filesOrigin = await listen(files, options.filesPort);
	const api = await buildApi();
	const inject: Emulator['inject'] = (fault) => faults.add(parseFault(fault));
	const clear: Emulator['clear'] = () => {
		requests.length = 0;
		for (const part of [jobs, faults, rates, courier]) part.clear();
	};
	controlRoutes(api, { requests, jobs: jobs.all, callbacks: courier.sent, inject, clear });

	// The origin is known when the server listens, which is after the routes are made: hence the getters.
	const started = { origin: '' };
	const apiKeys = eachProvider((id, { newApiKey }) => options.apiKeys?.[id] ?? newApiKey());
	const baseUrlOf = (id: ProviderId) => `${started.origin}/${id}${registry[id].basePath}`;
	const worldOf = (id: ProviderId, { links: rule }: EmulatedProvider): World => ({
		get baseUrl() {
			return baseUrlOf(id);
		},
		get jobs() {
			return jobs.of(id);
		},
		clock,
		accept: (draft, callback) => {
			const fault = callback && courier.faultFor(id, callback);
			const job = jobs.accept(id, { ...draft, instant: fault?.kind === 'early' });
			if (callback) courier.send(job, callback, fault);
			return job;
		},
		find: (jobId) => jobs.find(id, jobId),
		cancel: (job) => {
			const isInTime = jobs.cancel(job);
			if (isInTime) courier.cancelled(job);
			return isInTime;
		},
		linkTo: (job, index = 0) => filesOrigin + links.pathTo(job, index, rule),
		picture: async (job, index) => await jobs.picture(job, index),
	});
	for (const id of providerIds) {
		const provider = registry[id];
		const world = worldOf(id, provider);
		await mount(api, {
			id,
			provider,
			apiKey: apiKeys[id],
			world,
			requests,
			faults,
			clock,
			rates,
			courier,
		});
	}
	started.origin = await listen(api, options.port);

	return {
		origin: started.origin,
		filesOrigin,
		providers: eachProvider((id) => ({ baseUrl: baseUrlOf(id), apiKey: apiKeys[id] })),
		timing,
		requests,
		jobs: jobs.all,
		callbacks: courier.sent,
		inject,
		calm: () => faults.clear(),
		clear,
		sampleImage: { ...sample, url: filesOrigin + samplePath },
		close: async () => {
			courier.stop();
			await Promise.all([api.close(), files.close()]);
		},
	};
}

const listen = async (app: FastifyInstance, port = 0): Promise<string> => await app.listen({ host, port });

type ByProvider<T> = Record<ProviderId, T>;

const eachProvider = <T>(make: (id: ProviderId, provider: EmulatedProvider) => T): ByProvider<T> =>
	Object.fromEntries(providerIds.map((id) => [id, make(id, registry[id])])) as ByProvider<T>;

async function drawSample(): Promise<Omit<SampleImage, 'url'>> {
	const size = { width: 640, height: 480 };
	const order = { prompt: 'a valley', seed: 1, format: 'png' as const, inputs: [] };
	return { bytes: await drawPicture({ ...order, ...size }), mimeType: 'image/png', ...size };
}
