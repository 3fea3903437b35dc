import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { finished } from 'node:stream/promises';
import type { ZodIssue, ZodTypeAny, z } from 'zod';

/** A request the real provider would refuse; the provider gives the body its own shape. */
export class Refusal extends Error {
	constructor(
		readonly status: number,
		message: string,
		readonly details: { code?: string; issues?: readonly ZodIssue[]; place?: 'body' | 'query' } = {},
	) {
		super(message);
	}
}

/** The value as the schema has it, or a refusal that names every fault in it. */
export function checked<S extends ZodTypeAny>(
	schema: S,
	value: unknown,
	status: number,
	place: 'body' | 'query' = 'body',
): z.output<S> {
	const result = schema.safeParse(value);
	if (result.success) return result.data as z.output<S>;
	throw invalid(status, result.error.issues, place);
}

export function invalid(
	status: number,
	issues: readonly ZodIssue[],
	place: 'body' | 'query' = 'body',
): Refusal {
	const message = issues.map(({ path, message: text }) => [...path, text].join(': ')).join('; ');
	return new Refusal(status, message, { issues, place });
}

export const invalidField = (status: number, field: string, message: string): Refusal =>
	invalid(status, [{ code: 'custom', path: [field], message }]);

export const invalidBody = (status: number, message: string): Refusal =>
	invalid(status, [{ code: 'custom', path: [], message }]);

type ErrorBody = (refusal: Refusal) => unknown;

/** Gives every error of this app, also those of the HTTP framework, the provider's shape. */
export function refuseAs(
	app: FastifyInstance,
	invalidStatus: number,
	errorBody: ErrorBody,
	httpStatus = (status: number): number => status,
): void {
	app.setErrorHandler(async (error, request, reply) => {
		const refusal = asRefusal(error, invalidStatus);
		await drain(request);
		return answer(reply, httpStatus(refusal.status), errorBody(refusal));
	});
	app.setNotFoundHandler(() => {
		throw new Refusal(404, 'Not Found');
	});
}

function answer(reply: FastifyReply, status: number, body: unknown): FastifyReply {
	return reply
		.code(status)
		.type(typeof body === 'string' ? 'application/xml' : 'application/json')
		.send(body);
}

function asRefusal(error: unknown, invalidStatus: number): Refusal {
	if (error instanceof Refusal) return error;
	const { statusCode = 500, message } = error as { statusCode?: number; message: string };
	if (statusCode === 413) return new Refusal(413, 'The request is too large');
	if (statusCode < 500) return invalidBody(invalidStatus, message);
	return new Refusal(500, `A fault of the emulator itself: ${(error as Error).stack ?? message}`);
}

/** A client that is still writing would see a broken pipe instead of the answer. */
async function drain({ raw }: FastifyRequest): Promise<void> {
	if (raw.readableEnded || raw.destroyed) return;
	raw.resume();
	await finished(raw, { writable: false }).catch(() => undefined);
}
