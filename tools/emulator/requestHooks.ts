import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { setTimeout as sleep } from 'node:timers/promises';
import { bodyError, type ErrorBody } from './apiError';
import { callNumberOf, type EmulatorClock } from './clock';
import type { FaultQueue } from './faults';
import { type Form, readForm, recordedForm } from './multipart';
import type { RateLimit } from './rateLimiter';
import { beginError, damageResponse, replyWithFault } from './responseFaults';
import { withoutImages } from './withoutImages';
import type { UnansweredConnections } from './unanswered';
import { newRecord } from './newRecord';
import type { Fault, ProviderId, RecordedRequest, Stage } from './types';

declare module 'fastify' {
	interface FastifyContextConfig {
		/** Stage under which the route's requests are recorded and hit by faults; `other` if absent. */
		stage?: Stage;
		/** Kind of body that the route reads; a request with another content type is refused. */
		body?: 'json' | 'multipart';
		limit?: RateLimit;
		/** The route needs no API key. */
		isOpen?: boolean;
	}
	interface FastifyRequest {
		record: RecordedRequest;
		fault: Fault | undefined;
		form: Form | undefined;
	}
}

/** Milliseconds that a slow response takes longer. */
const SLOW_MS = 3_000;

/** How the request hooks of one server record requests and choose faults. */
export interface RequestHookOptions {
	/** The list that receives the records. */
	requests: RecordedRequest[];
	faults: FaultQueue;
	clock: EmulatorClock;
	unanswered: UnansweredConnections;
	/** Value of `provider` in the records. */
	recordedAs: ProviderId | 'files';
	stageOf: (request: FastifyRequest) => Stage;
	/**
	 * Returns the provider whose faults apply to the request; undefined if only faults of any provider do.
	 */
	faultProviderOf: (request: FastifyRequest) => ProviderId | undefined;
	/** Throws an ApiError for a request that is not allowed; such a request uses up no fault. */
	authorize: (request: FastifyRequest) => void;
	errorBody: ErrorBody;
}

/** Declares the properties that the hooks set on every request. Call once, before `addRequestHooks`. */
export function decorateRequests(app: FastifyInstance): void {
	app.decorateRequest('record');
	app.decorateRequest('fault', undefined);
	app.decorateRequest('form', undefined);
}

/** Adds the hooks that record every request of `app` and apply the injected faults to it. */
export function addRequestHooks(app: FastifyInstance, options: RequestHookOptions): void {
	app.addHook('onRequest', async (request) => await recordRequest(request, options));

	app.addHook('preValidation', async (request) => {
		if (request.routeOptions.config.body === 'multipart') {
			request.form = await readForm(request);
			request.record.body = recordedForm(request.form);
		} else {
			request.record.body = request.body ?? null;
		}
	});

	app.addHook('preHandler', async (request, reply) => {
		const { fault } = request;
		if (fault?.kind === 'held') return await holdResponse(request, reply, fault, options);
		return fault && replyWithFault(fault, reply, options.errorBody);
	});

	app.addHook(
		'onSend',
		async (request, reply, payload) =>
			await finishResponse(request, reply, payloadWithFault(payload, options), options),
	);
}

/** Records the request, checks it and takes its fault. A fault of the kind `reset` happens at once. */
async function recordRequest(request: FastifyRequest, options: RequestHookOptions): Promise<void> {
	const stage = options.stageOf(request);
	request.record = newRecord(request, options.recordedAs, stage, options.clock.now());
	options.requests.push(request.record);
	options.authorize(request);
	request.fault = options.faults.take(stage, options.faultProviderOf(request));
	if (request.fault?.kind === 'reset') {
		request.raw.socket.resetAndDestroy();
		await forever();
	}
}

/** Sends the first half of an error response. Never settles. */
async function holdResponse(
	request: FastifyRequest,
	reply: FastifyReply,
	fault: Fault,
	{ errorBody, clock, unanswered }: RequestHookOptions,
): Promise<never> {
	await beginError(fault, reply, errorBody);
	request.record.status = reply.statusCode;
	unanswered.add(request.raw.socket);
	clock.stuck(callNumberOf(request), 'answered');
	return await forever();
}

/** Applies the next fault of the stage `answer` to a payload that names or holds an image. */
function payloadWithFault(payload: unknown, { faults, recordedAs }: RequestHookOptions): unknown {
	if (recordedAs === 'files' || typeof payload !== 'string' || !faults.has('answer', recordedAs))
		return payload;
	const emptied = withoutImages(payload, recordedAs);
	if (emptied === payload) return payload;
	faults.take('answer', recordedAs);
	return emptied;
}

/** Applies the fault of the request to its response and records the status. Returns the payload to send. */
async function finishResponse(
	request: FastifyRequest,
	reply: FastifyReply,
	payload: unknown,
	{ clock, unanswered }: RequestHookOptions,
): Promise<unknown> {
	const { fault, record } = request;
	if (fault?.kind === 'slow') await sleep(fault.ms ?? SLOW_MS);
	const damage = await damageResponse(fault, reply, bytesOf(payload));
	if (fault?.kind === 'hang') clock.stuck(callNumberOf(request), 'sent');
	if (fault?.kind === 'stall') clock.stuck(callNumberOf(request), 'answered');
	if (damage === 'nothingSent' || damage === 'sent') unanswered.add(request.raw.socket);
	if (damage === 'nothingSent') return await forever();
	record.status = reply.statusCode;
	return damage === 'sent' ? await forever() : (damage ?? payload);
}

/** Never settles: Fastify waits for the hook, so that it sends nothing more of this response. */
const forever = async (): Promise<never> => await new Promise<never>(() => undefined);

function bytesOf(payload: unknown): Buffer {
	if (Buffer.isBuffer(payload)) return payload;
	return Buffer.from(typeof payload === 'string' ? payload : '');
}

/**
 * Throws an ApiError for a content type other than the one that the route reads, whatever the body contains.
 */
export function requireContentType(request: FastifyRequest, invalidStatus: number): void {
	const bodyKind = request.routeOptions.config.body;
	if (bodyKind === undefined) return;
	const mediaType = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
	const expected = bodyKind === 'json' ? 'application/json' : 'multipart/form-data';
	if (mediaType !== expected) throw bodyError(invalidStatus, `Content-Type must be ${expected}`);
}
