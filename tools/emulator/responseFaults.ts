import type { FastifyReply } from 'fastify';
import { STATUS_CODES } from 'node:http';
import { gzipSync } from 'node:zlib';
import { ApiError, type ErrorBody } from './apiError';
import type { Fault } from './types';

const challengePage =
	'<!DOCTYPE html><html><head><title>Just a moment</title></head><body>Just a moment</body></html>';

const json = 'application/json; charset=utf-8';
const megabyte = 1024 * 1024;

/** Returns what `create` returned at the first call. */
function once<T>(create: () => T): () => T {
	let created: { value: T } | undefined;
	return () => (created ??= { value: create() }).value;
}

const padding = once(() => Buffer.alloc(30 * megabyte, ' '));

// More than the 64 MB that a client may take for a response with images in it.
const gzipBomb = once(() =>
	gzipSync(Buffer.concat([Buffer.from('{'), Buffer.alloc(66 * megabyte, ' '), Buffer.from('}')])),
);

/**
 * Sends the response of a fault that replaces the route's handler (`redirect`, `status`), so that no job is
 * accepted. Returns undefined for every other fault.
 */
export function replyWithFault(
	fault: Fault,
	reply: FastifyReply,
	errorBody: ErrorBody,
): FastifyReply | undefined {
	if (fault.kind === 'redirect')
		return reply
			.code(fault.status ?? 302)
			.headers({ ...fault.headers, location: fault.location ?? '/' })
			.send('');
	return fault.kind === 'status' ? reply.send(errorOf(fault, reply, errorBody)) : undefined;
}

/** Sets status and headers of an error response. Returns its body. */
function errorOf(fault: Fault, reply: FastifyReply, errorBody: ErrorBody): unknown {
	const status = fault.status ?? 500;
	const body = fault.body ?? errorBody(new ApiError(status, STATUS_CODES[status] ?? 'Error'));
	reply
		.code(status)
		.type(typeof body === 'string' ? 'text/plain' : 'application/json')
		.headers(fault.headers ?? {});
	return body;
}

/** Writes the first half of an error response. */
export async function beginError(fault: Fault, reply: FastifyReply, errorBody: ErrorBody): Promise<void> {
	const body = errorOf(fault, reply, errorBody);
	await writeFirstHalf(reply, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
}

/**
 * Outcome of a fault for a response: a replacement body, `sent` for bytes that were already written,
 * `nothingSent` for a response that is withheld, undefined for a response that stays as it is.
 */
export type ResponseDamage = Buffer | 'sent' | 'nothingSent' | undefined;

/**
 * Applies a fault that damages the response of a request that was handled in full, so that a job was
 * accepted. May write to the reply or destroy its socket.
 */
export async function damageResponse(
	fault: Fault | undefined,
	reply: FastifyReply,
	bytes: Buffer,
): Promise<ResponseDamage> {
	switch (fault?.kind) {
		case 'lostAnswer':
			reply.raw.socket?.destroy();
			return 'nothingSent';
		case 'hang':
			return 'nothingSent';
		case 'stall':
			await writeFirstHalf(reply, bytes);
			return 'sent';
		case 'truncate':
			await writeFirstHalf(reply, bytes);
			reply.raw.socket?.destroySoon();
			return 'sent';
		case 'html':
			return replaceBody(reply, 'text/html; charset=utf-8', challengePage);
		case 'notAnImage':
			// The URL still ends in .png: only the bytes show that this is no image.
			return replaceBody(reply, 'text/html; charset=utf-8', challengePage);
		case 'empty':
			return replaceBody(reply, undefined, '');
		case 'corrupt':
			// The declared length is that of the half: only a decoder notices that the image is incomplete.
			reply.removeHeader('content-length');
			return firstHalf(bytes);
		case 'large':
			return replaceBody(reply, json, Buffer.concat([padding(), bytes]));
		case 'bomb':
			reply.header('content-encoding', 'gzip');
			return replaceBody(reply, json, gzipBomb());
		default:
			return undefined;
	}
}

const firstHalf = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length >> 1);

function replaceBody(reply: FastifyReply, mimeType: string | undefined, body: string | Buffer): Buffer {
	reply.removeHeader('content-length').removeHeader('content-type').code(200);
	if (mimeType !== undefined) reply.type(mimeType);
	return Buffer.isBuffer(body) ? body : Buffer.from(body);
}

/** Declares the full length and writes the first half of the body. */
async function writeFirstHalf(reply: FastifyReply, bytes: Buffer): Promise<void> {
	const headers = Object.fromEntries(
		Object.entries(reply.getHeaders()).flatMap(([name, value]) =>
			value === undefined ? [] : [[name, value]],
		),
	);
	reply.raw.writeHead(reply.statusCode, { ...headers, 'content-length': bytes.length });
	await new Promise((resolve) => reply.raw.write(firstHalf(bytes), resolve));
}
