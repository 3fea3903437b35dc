import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';
import { callOf, type EmulatorClock } from './clock';
import type { FaultQueue } from './faults';
import { type Form, readForm, recordedForm } from './multipart';
import type { RateLimit } from './rate';
import { invalidBody, type Refusal } from './refusal';
import type { Fault, ProviderId, RecordedRequest, Stage } from './types';
import { answerInstead, wreckAnswer } from './wreck';

declare module 'fastify' {
	interface FastifyContextConfig {
		stage?: Stage;
		body?: 'json' | 'multipart';
		limit?: RateLimit;
		/** Needs no key. */
		isOpen?: boolean;
	}
	interface FastifyRequest {
		record: RecordedRequest;
		fault: Fault | undefined;
		form: Form | undefined;
	}
}

export interface Watch {
	requests: RecordedRequest[];
	faults: FaultQueue;
	clock: EmulatorClock;
	/** As it is recorded. */
	recordedAs: ProviderId | 'files';
	stageOf: (request: FastifyRequest) => Stage;
	/** Whose faults may hit this request. */
	ownerOf: (request: FastifyRequest) => ProviderId | undefined;
	/** Throws a Refusal for a request that may not pass, before any fault is spent on it. */
	admit: (request: FastifyRequest) => void;
	errorBody: (refusal: Refusal) => unknown;
}

export const decorate = (app: FastifyInstance): void => {
	app.decorateRequest('record');
	app.decorateRequest('fault', undefined);
	app.decorateRequest('form', undefined);
};

/** Records every request of this app and lets the injected faults happen, the same way everywhere. */
export function watch(app: FastifyInstance, rules: Watch): void {
	app.addHook('onRequest', async (request) => {
		const stage = rules.stageOf(request);
		request.record = newRecord(request, rules.recordedAs, stage, rules.clock.now());
		rules.requests.push(request.record);
		rules.admit(request);
		request.fault = rules.faults.take(stage, rules.ownerOf(request));
		if (request.fault?.kind === 'reset') {
			request.raw.socket.resetAndDestroy();
			await forever();
		}
	});

	app.addHook('preValidation', async (request) => {
		if (request.routeOptions.config.body === 'multipart') {
			request.form = await readForm(request);
			request.record.body = recordedForm(request.form);
		} else {
			request.record.body = request.body ?? null;
		}
	});

	app.addHook('preHandler', async (request, reply) => {
		if (request.fault) return answerInstead(request.fault, reply, rules.errorBody);
		return undefined;
	});

	app.addHook('onSend', async (request, reply, payload) => {
		const { fault, record } = request;
		const kept = await wreckAnswer(fault, reply, bytesOf(payload));
		if (fault?.kind === 'hang') rules.clock.stuck(callOf(request), 'sent');
		if (fault?.kind === 'stall') rules.clock.stuck(callOf(request), 'answered');
		if (kept === 'nothingSent') return await forever();
		record.status = reply.statusCode;
		return kept === 'sent' ? await forever() : (kept ?? payload);
	});
}

/** What never goes on: the framework waits for a hook, the client waits for its answer. */
const forever = async (): Promise<never> => await new Promise<never>(() => undefined);

function bytesOf(payload: unknown): Buffer {
	if (Buffer.isBuffer(payload)) return payload;
	return Buffer.from(typeof payload === 'string' ? payload : '');
}

function newRecord(
	{ method, raw, headers }: FastifyRequest,
	provider: ProviderId | 'files',
	stage: Stage,
	at: number,
): RecordedRequest {
	return {
		provider,
		stage,
		method,
		path: raw.url ?? '',
		headers: flat(headers),
		body: null,
		status: 0,
		at,
	};
}

const flat = (headers: IncomingHttpHeaders): Record<string, string> =>
	Object.fromEntries(
		Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
	);

/** Refuses a body in another form than the endpoint reads, whatever it contains. */
export function admitContentType(request: FastifyRequest, invalidStatus: number): void {
	const wanted = request.routeOptions.config.body;
	if (wanted === undefined) return;
	const mediaType = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
	const needed = wanted === 'json' ? 'application/json' : 'multipart/form-data';
	if (mediaType !== needed) throw invalidBody(invalidStatus, `Content-Type must be ${needed}`);
}
