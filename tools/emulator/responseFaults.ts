import type { FastifyReply } from 'fastify';
import { STATUS_CODES } from 'node:http';
import { ApiError, type ErrorBody } from './apiError';
import type { Fault } from './types';

const challengePage =
	'<!DOCTYPE html><html><head><title>Just a moment</title></head><body>Just a moment</body></html>';

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
	if (fault.kind !== 'status') return undefined;
	const status = fault.status ?? 500;
	const body = fault.body ?? errorBody(new ApiError(status, STATUS_CODES[status] ?? 'Error'));
	return reply
		.code(status)
		.type(typeof body === 'string' ? 'text/plain' : 'application/json')
		.headers(fault.headers ?? {})
		.send(body);
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
		default:
			return undefined;
	}
}

const firstHalf = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length >> 1);

function replaceBody(reply: FastifyReply, mimeType: string | undefined, text: string): Buffer {
	reply.removeHeader('content-length').removeHeader('content-type').code(200);
	if (mimeType !== undefined) reply.type(mimeType);
	return Buffer.from(text);
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
