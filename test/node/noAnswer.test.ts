import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net';

import type { HttpCall, NoAnswer } from '../../nodes/FluxKontext/core/http/ports';
import { createNodePorts } from '../../nodes/FluxKontext/transport/ports';
import { inContext } from '../../tools/n8n-core/runNode';

let plain: Server;
let resetting: TcpServer;
const listen = async (server: Server | TcpServer) =>
	await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
const portOf = (server: Server | TcpServer) => (server.address() as AddressInfo).port;
beforeAll(async () => {
	plain = createServer((_, response) => response.end('{}'));
	resetting = createTcpServer((socket) => socket.destroy());
	await Promise.all([listen(plain), listen(resetting)]);
});
afterAll(() => {
	plain.close();
	resetting.close();
});

/** Opens a request through n8n's own helpers. */
async function open(call: Partial<HttpCall>): Promise<NoAnswer | { kind: 'response' }> {
	const credentials = { fluxKontextFalApi: { apiKey: 'sk-1234567890', baseUrl: '' } };
	const parameters = { resource: 'image', provider: 'fal', prompt: 'a fox' };
	return await inContext({ parameters, credentials }, async (context) => {
		const { signal } = new AbortController();
		return await createNodePorts(context, 'fluxKontextFalApi').http.open({
			method: 'POST',
			url: `http://127.0.0.1:${portOf(plain)}/`,
			authenticate: false,
			followRedirects: false,
			timeoutMs: 5_000,
			signal,
			...call,
		});
	});
}

const tls = (server: Server | TcpServer) => `https://127.0.0.1:${portOf(server)}/`;

it.each<[string, () => Partial<HttpCall>, Omit<NoAnswer, 'kind'>]>([
	[
		'a URL that is none',
		() => ({ url: 'http://[bad' }),
		{ delivery: 'unsendable', reason: 'ERR_INVALID_URL' },
	],
	[
		'a port that does not exist',
		() => ({ url: 'http://127.0.0.1:99999/' }),
		{ delivery: 'unsendable', reason: 'ERR_INVALID_URL' },
	],
	[
		'a header name with a space',
		() => ({ headers: { 'x a': 'b' } }),
		{ delivery: 'unsendable', reason: 'ERR_INVALID_HTTP_TOKEN' },
	],
	[
		'https at a port that speaks http',
		() => ({ url: tls(plain) }),
		{ delivery: 'notSent', reason: 'EPROTO' },
	],
	[
		'a connection that is reset before TLS',
		() => ({ url: tls(resetting) }),
		{ delivery: 'notSent', reason: 'ECONNRESET' },
	],
	[
		'a connection that nobody takes',
		() => ({ url: 'http://127.0.0.1:1/' }),
		{ delivery: 'notSent', reason: 'ECONNREFUSED' },
	],
	[
		'a connection that is reset after the request',
		() => ({ url: `http://127.0.0.1:${portOf(resetting)}/` }),
		{ delivery: 'unknown', reason: 'ECONNRESET' },
	],
])('%s says whether the server can have seen the request', async (_, call, expected) => {
	expect(await open(call())).toEqual({ kind: 'noAnswer', ...expected });
});

it('a form that cannot be built is not sent', async () => {
	const file = { fileName: 'a.png', mimeType: 'image/png', bytes: new Uint8Array(1) };
	const form = [
		{
			...file,
			get name(): string {
				throw new RangeError('too deep');
			},
		},
	];
	expect(await open({ form })).toEqual({ kind: 'noAnswer', delivery: 'unsendable', reason: 'too deep' });
});
