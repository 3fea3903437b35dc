import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Phase } from '../../tools/emulator/clock';

export interface SeenRequest {
	method: string;
	/** With the query. */
	path: string;
	headers: IncomingHttpHeaders;
	body: string;
	/** By the clock of the test. */
	at: number;
}

/** Answers one request. `stuck` tells the test's clock that nothing more will come. */
export type Answer = (
	request: SeenRequest,
	response: ServerResponse,
	stuck: (since: Phase) => void,
) => void | Promise<void>;

export const json =
	(status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
	(_, response) =>
		void response
			.writeHead(status, { 'content-type': 'application/json', ...headers })
			.end(JSON.stringify(body));
export const text =
	(status: number, body: string, type = 'text/html'): Answer =>
	(_, response) =>
		void response.writeHead(status, { 'content-type': type }).end(body);
export const page = text(200, '<!DOCTYPE html><html><body>Just a moment</body></html>');
export const bytes =
	(body: Uint8Array, type = 'image/png'): Answer =>
	(_, response) =>
		void response.writeHead(200, { 'content-type': type, 'content-length': body.length }).end(body);
export const redirect =
	(location: string): Answer =>
	(_, response) =>
		void response.writeHead(302, { location }).end();
export const reset: Answer = (_, response) => void response.socket?.resetAndDestroy();
export const lost: Answer = (_, response) => void response.socket?.destroy();
export const hang: Answer = (_, __, stuck) => stuck('sent');

/** The whole length is declared, the first half comes, then the connection ends or nothing more happens. */
function half(body: Uint8Array, then: 'break' | 'wait'): Answer {
	return (_, response, stuck) => {
		response.writeHead(200, { 'content-length': body.length });
		response.write(body.subarray(0, body.length >> 1), () =>
			then === 'break' ? response.socket?.destroy() : stuck('answered'),
		);
	};
}
export const cutOff = (body: Uint8Array | string): Answer => half(Buffer.from(body), 'break');
export const stalled = (body: Uint8Array | string): Answer => half(Buffer.from(body), 'wait');

/** Waits for the test before it answers. */
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

export interface ScriptedServer {
	origin: string;
	requests: SeenRequest[];
	/** Requests whose method and path match, in their order. */
	seen(method: string, path?: RegExp): SeenRequest[];
	/**
	 * What these requests are answered: one after the other, the last one from then on. Of two scripts for one request
	 * the later counts.
	 */
	on(method: string, path: RegExp, ...answers: Answer[]): void;
	close(): Promise<void>;
}

export interface ServerClock {
	now(): number;
	/** By the number in the header `x-test-call`. */
	stuck(call: number, since: Phase): void;
}

async function readBody(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks).toString('latin1');
}

/** A real HTTP server on a free port that answers as the test says; what it has no answer for gets 501. */
export async function startScriptedServer(clock: ServerClock): Promise<ScriptedServer> {
	const scripts: Array<{ method: string; path: RegExp; answers: Answer[] }> = [];
	const requests: SeenRequest[] = [];
	const server = createServer((message, response) => {
		void (async () => {
			const { method = '', url: path = '', headers } = message;
			const seen: SeenRequest = { method, path, headers, body: '', at: clock.now() };
			requests.push(seen);
			seen.body = await readBody(message);
			const script = [...scripts]
				.reverse()
				.find((each) => each.method === method && each.path.test(path));
			const answer = script && script.answers.length > 1 ? script.answers.shift() : script?.answers[0];
			await (answer ?? text(501, 'Not scripted'))(seen, response, (since) =>
				clock.stuck(Number(headers['x-test-call']), since),
			);
		})().catch(() => undefined);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		requests,
		seen: (method, path = /^/) =>
			requests.filter((request) => request.method === method && path.test(request.path)),
		on: (method, path, ...answers) => void scripts.push({ method, path, answers }),
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
