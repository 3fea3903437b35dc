import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Phase } from '../../tools/emulator/clock';

/** Request that a scripted server received. */
export interface RecordedRequest {
	method: string;
	/** Path with the query. */
	path: string;
	headers: IncomingHttpHeaders;
	body: string;
	/** When it arrived: milliseconds since the epoch, by the clock of the test. */
	at: number;
}

/** Answers one request. `stuck` reports to the clock of the test that nothing more will come of it. */
export type Answer = (
	request: RecordedRequest,
	response: ServerResponse,
	stuck: (since: Phase) => void,
) => void | Promise<void>;

/** Answers with JSON. */
export const json =
	(status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
	(_, response) =>
		void response
			.writeHead(status, { 'content-type': 'application/json', ...headers })
			.end(JSON.stringify(body));
/** Answers with text, by default of the type HTML. */
export const text =
	(status: number, body: string, type = 'text/html'): Answer =>
	(_, response) =>
		void response.writeHead(status, { 'content-type': type }).end(body);
/** Answers 200 with an HTML page, as gateways do. */
export const page = text(200, '<!DOCTYPE html><html><body>Just a moment</body></html>');
/** Answers with a whole file. */
export const bytes =
	(body: Uint8Array, type = 'image/png'): Answer =>
	(_, response) =>
		void response.writeHead(200, { 'content-type': type, 'content-length': body.length }).end(body);
/** Redirects with 302. */
export const redirect =
	(location: string): Answer =>
	(_, response) =>
		void response.writeHead(302, { location }).end();
/** Resets the connection. */
export const reset: Answer = (_, response) => void response.socket?.resetAndDestroy();
/** Closes the connection without a response. */
export const lost: Answer = (_, response) => void response.socket?.destroy();
/** Keeps the connection open and never answers. */
export const hang: Answer = (_, __, stuck) => stuck('sent');

/** Declares the whole length and sends the first half; then the connection closes, or nothing more comes. */
function half(body: Uint8Array, then: 'break' | 'wait'): Answer {
	return (_, response, stuck) => {
		response.writeHead(200, { 'content-length': body.length });
		response.write(body.subarray(0, body.length >> 1), () =>
			then === 'break' ? response.socket?.destroy() : stuck('answered'),
		);
	};
}
/** Closes the connection after half of the body. */
export const cutOff = (body: Uint8Array | string): Answer => half(Buffer.from(body), 'break');
/** Sends half of the body, then nothing more. */
export const stalled = (body: Uint8Array | string): Answer => half(Buffer.from(body), 'wait');

/** Answers only once the test releases the response; `arrived` resolves when the request is there. */
export function held(answer: Answer): { answer: Answer; arrived: Promise<void>; release: () => void } {
	let arrive: () => void = () => undefined;
	let release: () => void = () => undefined;
	const arrived = new Promise<void>((resolve) => (arrive = resolve));
	const released = new Promise<void>((resolve) => (release = resolve));
	const waiting: Answer = async (request, response, stuck) => {
		arrive();
		await released;
		await answer(request, response, stuck);
	};
	return { answer: waiting, arrived, release };
}

/** HTTP server that answers as a test says. */
export interface ScriptedServer {
	origin: string;
	/** All requests, in the order of their arrival. */
	requests: RecordedRequest[];
	/** Returns the requests whose method and path match, in the order of their arrival. */
	requestsTo(method: string, path?: RegExp): RecordedRequest[];
	/**
	 * Sets the answers to these requests: one after the other, the last one repeatedly. A later script
	 * replaces an earlier one.
	 */
	on(method: string, path: RegExp, ...answers: Answer[]): void;
	close(): Promise<void>;
}

/** Clock that a scripted server reports to. */
export interface ServerClock {
	now(): number;
	/** Reports that nothing more will come of a request; its number is in the header `x-test-call`. */
	stuck(call: number, since: Phase): void;
}

async function readBody(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks).toString('latin1');
}

/**
 * Starts a real HTTP server on a free port that answers as the test says. A request without a script gets
 * 501.
 */
export async function startScriptedServer(clock: ServerClock): Promise<ScriptedServer> {
	const scripts: Array<{ method: string; path: RegExp; answers: Answer[] }> = [];
	const requests: RecordedRequest[] = [];
	const server = createServer((message, response) => {
		void (async () => {
			const { method = '', url: path = '', headers } = message;
			const request: RecordedRequest = { method, path, headers, body: '', at: clock.now() };
			requests.push(request);
			request.body = await readBody(message);
			const script = [...scripts]
				.reverse()
				.find((candidate) => candidate.method === method && candidate.path.test(path));
			const answer = script && script.answers.length > 1 ? script.answers.shift() : script?.answers[0];
			await (answer ?? text(501, 'Not scripted'))(request, response, (since) =>
				clock.stuck(Number(headers['x-test-call']), since),
			);
		})().catch(() => undefined);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		requests,
		requestsTo: (method, path = /^/) =>
			requests.filter((request) => request.method === method && path.test(request.path)),
		on: (method, path, ...answers) => void scripts.push({ method, path, answers }),
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
