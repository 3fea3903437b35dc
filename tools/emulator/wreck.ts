import type { FastifyReply } from 'fastify';
import { STATUS_CODES } from 'node:http';
import { Refusal } from './refusal';
import type { Fault } from './types';

const page =
	'<!DOCTYPE html><html><head><title>Just a moment</title></head><body>Just a moment</body></html>';

/** The faults that stand in for the handler: the request is never looked at. */
export function answerInstead(
	fault: Fault,
	reply: FastifyReply,
	errorBody: (refusal: Refusal) => unknown,
): FastifyReply | undefined {
	if (fault.kind === 'redirect')
		return reply
			.code(fault.status ?? 302)
			.headers({ ...fault.headers, location: fault.location ?? '/' })
			.send('');
	if (fault.kind !== 'status') return undefined;
	const status = fault.status ?? 500;
	const body = fault.body ?? errorBody(new Refusal(status, STATUS_CODES[status] ?? 'Error'));
	return reply
		.code(status)
		.type(typeof body === 'string' ? 'text/plain' : 'application/json')
		.headers(fault.headers ?? {})
		.send(body);
}

/** What is left of an answer that was made: other bytes, bytes already written, or nothing at all. */
export type Wreck = Buffer | 'sent' | 'nothingSent' | undefined;

/** The faults on the way back: the request was handled in full, a job was accepted. */
export async function wreckAnswer(
	fault: Fault | undefined,
	reply: FastifyReply,
	bytes: Buffer,
): Promise<Wreck> {
	switch (fault?.kind) {
		case 'lostAnswer':
			reply.raw.socket?.destroy();
			return 'nothingSent';
		case 'hang':
			return 'nothingSent';
		case 'stall':
			await writeHalf(reply, bytes);
			return 'sent';
		case 'truncate':
			await writeHalf(reply, bytes);
			reply.raw.socket?.destroySoon();
			return 'sent';
		case 'html':
			return replaced(reply, 'text/html; charset=utf-8', page);
		case 'notAnImage':
			// The name in the address still says .png: only the bytes tell.
			return replaced(reply, 'text/html; charset=utf-8', page);
		case 'empty':
			return replaced(reply, undefined, '');
		case 'corrupt':
			// Its length is the one declared: only a reader of the picture finds out.
			reply.removeHeader('content-length');
			return bytes.subarray(0, bytes.length >> 1);
		default:
			return undefined;
	}
}

function replaced(reply: FastifyReply, mimeType: string | undefined, text: string): Buffer {
	reply.removeHeader('content-length').removeHeader('content-type').code(200);
	if (mimeType !== undefined) reply.type(mimeType);
	return Buffer.from(text);
}

async function writeHalf(reply: FastifyReply, bytes: Buffer): Promise<void> {
	const headers = Object.fromEntries(
		Object.entries(reply.getHeaders()).flatMap(([name, value]) =>
			value === undefined ? [] : [[name, value]],
		),
	);
	reply.raw.writeHead(reply.statusCode, { ...headers, 'content-length': bytes.length });
	await new Promise((resolve) => reply.raw.write(bytes.subarray(0, bytes.length >> 1), resolve));
}
