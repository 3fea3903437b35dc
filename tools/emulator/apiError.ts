import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { finished } from 'node:stream/promises';
import type { z, ZodIssue, ZodTypeAny } from 'zod';

/** The part of a request that a validation issue is about. */
export type RequestPart = 'body' | 'query';

/**
 * An error response of the emulated API. Thrown by a route or a hook; the provider's `errorBody` turns it
 * into the body that the real API would send.
 */
export class ApiError extends Error {
	/** `place` is the part of the request that the `issues` are about; `body` if absent. */
	constructor(
		readonly status: number,
		message: string,
		readonly details: { code?: string; issues?: readonly ZodIssue[]; place?: RequestPart } = {},
	) {
		super(message);
	}
}

/** Parses `value` with the schema. Throws an ApiError with the given status that lists every issue. */
export function validate<S extends ZodTypeAny>(
	schema: S,
	value: unknown,
	status: number,
	place: RequestPart = 'body',
): z.output<S> {
	const result = schema.safeParse(value);
	if (result.success) return result.data as z.output<S>;
	throw validationError(status, result.error.issues, place);
}

function validationError(status: number, issues: readonly ZodIssue[], place: RequestPart = 'body'): ApiError {
	const message = issues.map(({ path, message: text }) => [...path, text].join(': ')).join('; ');
	return new ApiError(status, message, { issues, place });
}

/** Creates the error of a body in which one field is invalid, for rules that the schema does not check. */
export const fieldError = (status: number, field: string, message: string): ApiError =>
	validationError(status, [{ code: 'custom', path: [field], message }]);

/** Creates the error of a body that is invalid as a whole, such as one of the wrong content type. */
export const bodyError = (status: number, message: string): ApiError =>
	validationError(status, [{ code: 'custom', path: [], message }]);

/** Formats an error as the body of the provider's error response; a string is sent as XML. */
export type ErrorBody = (error: ApiError) => unknown;

/**
 * Makes every error response of `app` use `errorBody`, those of Fastify itself included (unknown path, broken
 * JSON, body too large). `httpStatus` maps the error's status to the HTTP status, which is the same by
 * default.
 */
export function setErrorHandlers(
	app: FastifyInstance,
	invalidStatus: number,
	errorBody: ErrorBody,
	httpStatus = (status: number): number => status,
): void {
	app.setErrorHandler(async (error, request, reply) => {
		const apiError = toApiError(error, invalidStatus);
		await drain(request);
		return send(reply, httpStatus(apiError.status), errorBody(apiError));
	});
	app.setNotFoundHandler(() => {
		throw new ApiError(404, 'Not Found');
	});
}

function send(reply: FastifyReply, status: number, body: unknown): FastifyReply {
	return reply
		.code(status)
		.type(typeof body === 'string' ? 'application/xml' : 'application/json')
		.send(body);
}

function toApiError(error: unknown, invalidStatus: number): ApiError {
	if (error instanceof ApiError) return error;
	const { statusCode = 500, message } = error as { statusCode?: number; message: string };
	if (statusCode === 413) return new ApiError(413, 'The request is too large');
	if (statusCode < 500) return bodyError(invalidStatus, message);
	return new ApiError(500, `A fault of the emulator itself: ${(error as Error).stack ?? message}`);
}

/**
 * Reads the rest of the request: a client that is still writing would see a broken pipe instead of the
 * response.
 */
async function drain({ raw }: FastifyRequest): Promise<void> {
	if (raw.readableEnded || raw.destroyed) return;
	raw.resume();
	await finished(raw, { writable: false }).catch(() => undefined);
}
