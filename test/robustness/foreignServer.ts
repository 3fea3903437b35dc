import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Server on an origin that must never receive a key. It answers every request with an image. */
export interface ForeignServer {
	origin: string;
	/** Request lines, headers and bodies that it received, as text. */
	received: string[];
	close(): Promise<void>;
}

/** Starts a server on a free port that records what it receives. */
export async function startForeignServer(image: Buffer): Promise<ForeignServer> {
	const received: string[] = [];
	const server = createServer((request, response) => {
		received.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
		request.on('data', (chunk: Buffer) => received.push(chunk.toString('latin1')));
		request.on('end', () => response.writeHead(200, { 'content-type': 'image/png' }).end(image));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		received,
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
