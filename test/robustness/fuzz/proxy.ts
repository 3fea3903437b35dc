import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Emulator, Stage } from '../../../tools/emulator';
import type { Phase } from '../../../tools/emulator/clock';
import { mutated, type Answer, type Mutation, type Script } from './mutations';
import type { Places } from './values';

/** A request as it came, and what was answered in the end. */
export interface Exchange {
	method: string;
	path: string;
	host: string;
	/** All headers, as text. */
	headers: string;
	stage: Stage | null;
	/** `null` where nothing was. */
	answer: Answer | null;
}

export interface Proxy {
	origin: string;
	/** What stands in mutated answers for what the values name. */
	places: Places;
	exchanges: Exchange[];
	/** Forgets what was; the next answer is the script's first. */
	play: (script: Script) => void;
	close: () => Promise<void>;
}

export interface ProxyOptions {
	emulator: Emulator;
	/** Where mutated answers lead besides the proxy: a stranger, and a host that the provider trusts. */
	trap: string;
	trusted: string;
	/** Told of an exchange from which nothing more will come; a clock of a test's own stands still otherwise. */
	stuck?: (call: number, since: Phase) => void;
}

/** Below this path the proxy stands for the emulator's file server. */
const FILES = '/files~';
/** Framing is the proxy's own. */
const FRAMING = ['content-length', 'transfer-encoding', 'connection', 'keep-alive', 'date'];
const plain: Script = { reroute: 'nothing', first: null, then: [], rest: null };
const BODILESS = [204, 304];

async function bodyOf(stream: IncomingMessage): Promise<Buffer> {
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

/** Puts an answer onto the wire, or as much of it as is to come; says since when nothing more will. */
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

/** A server in front of the emulator that spoils its answers as a script says. */
export async function startProxy({
	emulator,
	trap,
	trusted,
	stuck = () => undefined,
}: ProxyOptions): Promise<Proxy> {
	const agent = new Agent({ keepAlive: true });
	const exchanges: Exchange[] = [];
	const place = { turn: 0, script: plain };
	const places: Places = { PROXY: '', LOCALHOST: '', TRAP: trap, TRUSTED: trusted, KEY: 'sk-of-nobody' };

	const forwarded = async (
		incoming: IncomingMessage,
		response: ServerResponse,
		body: Buffer,
	): Promise<Answer> => {
		const { method, url = '', headers } = incoming;
		const target = url.startsWith(FILES)
			? emulator.filesOrigin + url.slice(FILES.length)
			: emulator.origin + url;
		return await new Promise<Answer>((resolve, reject) => {
			const upstream = request(
				target,
				{ method, headers: { ...headers, host: new URL(target).host }, agent },
				(answer) => {
					bodyOf(answer).then(
						(bytes) =>
							resolve({
								status: answer.statusCode ?? 0,
								headers: headersOf(answer),
								body: bytes,
							}),
						reject,
					);
				},
			);
			upstream.on('error', reject).end(body);
			response.on('close', () => upstream.destroy());
		});
	};

	const rerouted = (answer: Answer, { reroute }: Script): Answer => {
		if (
			reroute === 'nothing' ||
			answer.headers.some(([name, type]) => name === 'content-type' && type.startsWith('image/'))
		)
			return answer;
		const api = answer.body.toString('latin1').replaceAll(emulator.origin, places.PROXY);
		const all = reroute === 'all' ? api.replaceAll(emulator.filesOrigin, places.PROXY + FILES) : api;
		return { ...answer, body: Buffer.from(all, 'latin1') };
	};

	const answered = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
		const { script } = place;
		const mutation =
			place.turn === 0
				? script.first
				: place.turn <= script.then.length
					? (script.then[place.turn - 1] ?? null)
					: script.rest;
		place.turn += 1;
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
		const genuine = rerouted(await forwarded(incoming, response, await bodyOf(incoming)), script);
		exchange.stage =
			emulator.requests.filter((seen) => seen.path === path && seen.method === method).at(-1)?.stage ??
			null;
		const answer = mutation === null ? genuine : mutated(genuine, mutation, places);
		exchange.answer = answer;
		const since = send(response, answer, mutation?.transfer ?? 'whole');
		if (since !== null) stuck(Number(headers['x-test-call']), since);
	};

	const server = createServer((incoming, response) => {
		// The client has gone, and nobody is left to answer to.
		answered(incoming, response).catch(() => response.destroy());
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	Object.assign(places, { PROXY: `http://127.0.0.1:${port}`, LOCALHOST: `http://localhost:${port}` });
	return {
		origin: places.PROXY,
		places,
		exchanges,
		play: (script) => {
			exchanges.length = 0;
			Object.assign(place, { script, turn: 0 });
		},
		close: async () => {
			agent.destroy();
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
