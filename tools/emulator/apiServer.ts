import multipart from '@fastify/multipart';
import Fastify, { type FastifyInstance, type FastifyPluginCallback, type FastifyRequest } from 'fastify';
import { ApiError, setErrorHandlers } from './apiError';
import type { EmulatorClock } from './clock';
import type { FaultQueue } from './faults';
import type { EmulatedProvider, ProviderContext } from './provider';
import type { RateLimiter } from './rateLimiter';
import { addRequestHooks, decorateRequests, requireContentType } from './requestHooks';
import type { ProviderId, RecordedRequest } from './types';
import type { UnansweredConnections } from './unanswered';
import type { WebhookSender } from './webhooks/webhookSender';

// Four input images of 20 MB as base64; a provider with a lower limit sets it on its route.
const bodyLimitBytes = 120_000_000;

// More than any provider accepts, so that the provider's own limit answers.
const maxFormFiles = 32;

/** Creates the server that all provider APIs share, without routes. Does not listen yet. */
export async function buildApiServer(): Promise<FastifyInstance> {
	const app = Fastify({ forceCloseConnections: true, bodyLimit: bodyLimitBytes });
	decorateRequests(app);
	addBodyParsers(app);
	await app.register(multipart, { limits: { fileSize: bodyLimitBytes, files: maxFormFiles } });
	return app;
}

/**
 * Parses JSON and discards every other body; an endpoint that reads JSON refuses those by their content type.
 */
function addBodyParsers(app: FastifyInstance): void {
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

/** A provider together with the emulator state that its requests use. */
export interface MountedProvider {
	id: ProviderId;
	provider: EmulatedProvider;
	apiKey: string;
	context: ProviderContext;
	requests: RecordedRequest[];
	faults: FaultQueue;
	clock: EmulatorClock;
	rateLimiter: RateLimiter;
	webhookSender: WebhookSender;
	unanswered: UnansweredConnections;
}

/** Registers one provider under `/<id><basePath>`, with its key check, rate limits, recording and faults. */
export async function mountProvider(app: FastifyInstance, mounted: MountedProvider): Promise<void> {
	const { id, provider, context, requests, faults, clock, unanswered, webhookSender } = mounted;
	await app.register(
		async (scope) => {
			setErrorHandlers(scope, provider.invalidStatus, provider.errorBody, provider.httpStatus);
			scope.addHook('onSend', async ({ routeOptions }, _, payload) => {
				if (routeOptions.config.stage === 'submit')
					await webhookSender.sendBeforeSubmitResponse(payload);
				return payload;
			});
			addRequestHooks(scope, {
				requests,
				faults,
				clock,
				unanswered,
				recordedAs: id,
				stageOf: ({ routeOptions }) => routeOptions.config.stage ?? 'other',
				faultProviderOf: () => id,
				authorize: (request) => authorize(request, mounted),
				errorBody: provider.errorBody,
			});
			const routes: FastifyPluginCallback = (base, _, done) => {
				provider.routes(base, context);
				done();
			};
			await scope.register(routes, { prefix: provider.basePath });
		},
		{ prefix: `/${id}` },
	);
}

/** Throws an ApiError for a request with a wrong key, above a rate limit or of the wrong content type. */
function authorize(request: FastifyRequest, { id, provider, apiKey, rateLimiter }: MountedProvider): void {
	const { header, scheme, status, message, optional = false } = provider.auth;
	const { limit, isOpen = false } = request.routeOptions.config;
	const credential = request.headers[header];
	const isAuthorized =
		isOpen || credential === `${scheme}${apiKey}` || (optional && credential === undefined);
	if (!isAuthorized) throw new ApiError(status, message);
	if (limit) {
		const key = limit.sharedKey ?? `${request.method} ${request.routeOptions.url}`;
		rateLimiter.admit(`${id} ${key}`, limit);
	}
	requireContentType(request, provider.invalidStatus);
}
