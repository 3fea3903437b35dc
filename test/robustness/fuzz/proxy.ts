import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Emulator, Stage } from '../../../tools/emulator';
import type { Phase } from '../../../tools/emulator/clock';
import { applyMutation, genuineScript, type Answer, type Mutation, type Script } from './mutations';
import type { Placeholders } from './values';

/** Request as it arrived, and the response that was sent. */
export interface Exchange {
	method: string;
	path: string;
	host: string;
	/** All headers as JSON. */
	headers: string;
	stage: Stage | null;
	/** `null` before the response. */
	answer: Answer | null;
}

/** Server in front of the emulator that mutates its responses. */
export interface Proxy {
	origin: string;
	/** Values for the placeholders of mutated responses. */
	placeholders: Placeholders;
	/** Exchanges since the script was started. */
	exchanges: Exchange[];
	/** Starts a script: clears the exchanges, and mutates the next response as its first. */
	play: (script: Script) => void;
	close: () => Promise<void>;
}

/** Servers around the proxy. */
export interface ProxyOptions {
	emulator: Emulator;
	/** Origin of a server that must not receive the key. */
	foreign: string;
	/** Origin that the provider trusts with the key. */
	trusted: string;
	/** Called for an exchange of which nothing more will come, so that a virtual clock can advance. */
	stuck?: (call: number, since: Phase) => void;
}

/** Path prefix under which the proxy stands for the emulator's file server. */
export const FILES = '/files~';
/** Headers that the proxy sets itself. */
const FRAMING = ['content-length', 'transfer-encoding', 'connection', 'keep-alive', 'date'];
/** Statuses of responses without a body. */
const BODILESS = [204, 304];

async function readBody(stream: IncomingMessage): Promise<Buffer> {
	const parts: Buffer[] = [];
	for await (const part of stream) parts.push(part as Buffer);
	return Buffer.concat(parts);
}

function headersOf({ rawHeaders }: IncomingMessage): Array<[string, string]> {
	return Array.from({ length: rawHeaders.length / 2 }, (_, index) => [
		(rawHeaders[2 * index] ?? '').toLowerCase(),
		rawHeaders[2 * index + 1] ?? '',
	]);
}

/** Sends a response, or a part of it. Returns the phase after which nothing follows; `null` if it ended. */
function send(
	response: ServerResponse,
	{ status, headers, body }: Answer,
	transfer: Mutation['transfer'],
): Phase | null {
	if (transfer === 'hang') return 'sent';
	if (transfer === 'reset') {
		response.socket?.resetAndDestroy();
		return null;
	}
	const length: Array<[string, string]> = BODILESS.includes(status)
		? []
		: [['content-length', String(body.length)]];
	response.writeHead(status, [...headers.filter(([name]) => !FRAMING.includes(name)), ...length].flat());
	if (transfer === 'whole' || BODILESS.includes(status) || body.length === 0) {
		response.end(BODILESS.includes(status) ? undefined : body);
		return null;
	}
	response.flushHeaders();
	response.write(body.subarray(0, body.length >> 1));
	if (transfer === 'stall') return 'answered';
	response.socket?.destroySoon();
	return null;
}

/** Requests the genuine response from the emulator. Aborted when the client disconnects. */
async function forward(
	incoming: IncomingMessage,
	response: ServerResponse,
	emulator: Emulator,
	agent: Agent,
): Promise<Answer> {
	const { method, url = '', headers } = incoming;
	const body = await readBody(incoming);
	const target = url.startsWith(FILES)
		? emulator.filesOrigin + url.slice(FILES.length)
		: emulator.origin + url;
	return await new Promise<Answer>((resolve, reject) => {
		const options = { method, headers: { ...headers, host: new URL(target).host }, agent };
		const upstream = request(target, options, (answer) => {
			readBody(answer).then(
				(bytes) =>
					resolve({ status: answer.statusCode ?? 0, headers: headersOf(answer), body: bytes }),
				reject,
			);
		});
		upstream.on('error', reject).end(body);
		response.on('close', () => upstream.destroy());
	});
}

/** Replaces addresses in a response by those of the proxy. */
function reroute(answer: Answer, script: Script, emulator: Emulator, proxyOrigin: string): Answer {
	if (
		script.reroute === 'nothing' ||
		answer.headers.some(([name, type]) => name === 'content-type' && type.startsWith('image/'))
	)
		return answer;
	const api = answer.body.toString('latin1').replaceAll(emulator.origin, proxyOrigin);
	const all = script.reroute === 'all' ? api.replaceAll(emulator.filesOrigin, proxyOrigin + FILES) : api;
	return { ...answer, body: Buffer.from(all, 'latin1') };
}

/** Returns the mutation of a script for the response with this index. */
function mutationAt({ first, then, rest }: Script, index: number): Mutation | null {
	if (index === 0) return first;
	return index <= then.length ? (then[index - 1] ?? null) : rest;
}

/** Starts a proxy on a free port. */
export async function startProxy({
	emulator,
	foreign,
	trusted,
	stuck = () => undefined,
}: ProxyOptions): Promise<Proxy> {
	const agent = new Agent({ keepAlive: true });
	const exchanges: Exchange[] = [];
	const progress = { index: 0, script: genuineScript };
	const placeholders: Placeholders = {
		PROXY: '',
		LOCALHOST: '',
		FOREIGN: foreign,
		TRUSTED: trusted,
		KEY: 'sk-unknown',
	};

	const respond = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
		const { script } = progress;
		const mutation = mutationAt(script, progress.index);
		progress.index += 1;
		const { method = '', url: path = '', headers } = incoming;
		const exchange: Exchange = {
			method,
			path,
			host: headers.host ?? '',
			headers: JSON.stringify(headers),
			stage: null,
			answer: null,
		};
		exchanges.push(exchange);
		const upstream = await forward(incoming, response, emulator, agent);
		const genuine = reroute(upstream, script, emulator, placeholders.PROXY);
		const recorded = emulator.requests.filter((entry) => entry.path === path && entry.method === method);
		exchange.stage = recorded.at(-1)?.stage ?? null;
		const answer = mutation === null ? genuine : applyMutation(genuine, mutation, placeholders);
		exchange.answer = answer;
		const since = send(response, answer, mutation?.transfer ?? 'whole');
		if (since !== null) stuck(Number(headers['x-test-call']), since);
	};

	const server = createServer((incoming, response) => {
		// Rejects if the client has disconnected.
		respond(incoming, response).catch(() => response.destroy());
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	Object.assign(placeholders, {
		PROXY: `http://127.0.0.1:${port}`,
		LOCALHOST: `http://localhost:${port}`,
	});
	return {
		origin: placeholders.PROXY,
		placeholders,
		exchanges,
		play: (script) => {
			exchanges.length = 0;
			Object.assign(progress, { script, index: 0 });
		},
		close: async () => {
			agent.destroy();
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
