import multipart from '@fastify/multipart';
import Fastify, { type FastifyInstance, type FastifyPluginCallback, type FastifyRequest } from 'fastify';
import type { Courier } from './callbacks/courier';
import { admitContentType, decorate, watch } from './exchange';
import type { EmulatorClock } from './clock';
import type { FaultQueue } from './faults';
import type { EmulatedProvider, World } from './provider';
import { RateLimiter } from './rate';
import { Refusal, refuseAs } from './refusal';
import type { ProviderId, RecordedRequest } from './types';

// Four input images of 20 MB as base64; a provider that takes less says so at its route.
const bodyLimit = 120_000_000;

export async function buildApi(): Promise<FastifyInstance> {
	const app = Fastify({ forceCloseConnections: true, bodyLimit });
	decorate(app);
	readBodies(app);
	await app.register(multipart, { limits: { fileSize: bodyLimit, files: 32 } });
	return app;
}

/** JSON, and nothing else: what an endpoint does not read is not looked at. */
function readBodies(app: FastifyInstance): void {
	app.removeAllContentTypeParsers();
	app.addContentTypeParser('application/json', { parseAs: 'string' }, (_, text, done) => {
		try {
			done(null, text === '' ? null : JSON.parse(String(text)));
		} catch {
			done(Object.assign(new Error('The body is not JSON'), { statusCode: 400 }));
		}
	});
	app.addContentTypeParser('*', (_, payload, done) => {
		payload
			.resume()
			.on('end', () => done(null, null))
			.on('error', done);
	});
}

export interface Mounted {
	id: ProviderId;
	provider: EmulatedProvider;
	apiKey: string;
	world: World;
	requests: RecordedRequest[];
	faults: FaultQueue;
	clock: EmulatorClock;
	rates: RateLimiter;
	courier: Courier;
}

/** Puts one provider under its own path, with the key check and the faults that are the same for all. */
export async function mount(app: FastifyInstance, mounted: Mounted): Promise<void> {
	const { id, provider, world, requests, faults, clock, courier } = mounted;
	await app.register(
		async (scope) => {
			refuseAs(scope, provider.invalidStatus, provider.errorBody, provider.httpStatus);
			scope.addHook('onSend', async ({ routeOptions }, _, payload) => {
				if (routeOptions.config.stage === 'submit') await courier.beforeAnswer(payload);
				return payload;
			});
			watch(scope, {
				requests,
				faults,
				clock,
				recordedAs: id,
				stageOf: ({ routeOptions }) => routeOptions.config.stage ?? 'other',
				ownerOf: () => id,
				admit: (request) => admit(request, mounted),
				errorBody: provider.errorBody,
			});
			const routes: FastifyPluginCallback = (base, _, done) => {
				provider.routes(base, world);
				done();
			};
			await scope.register(routes, { prefix: provider.basePath });
		},
		{ prefix: `/${id}` },
	);
}

function admit(request: FastifyRequest, { id, provider, apiKey, rates }: Mounted): void {
	const { header, scheme, status, message, optional = false } = provider.auth;
	const { limit, isOpen = false } = request.routeOptions.config;
	const shown = request.headers[header];
	const passes = isOpen || shown === `${scheme}${apiKey}` || (optional && shown === undefined);
	if (!passes) throw new Refusal(status, message);
	if (limit) rates.admit(`${id} ${limit.of ?? `${request.method} ${request.routeOptions.url}`}`, limit);
	admitContentType(request, provider.invalidStatus);
}
