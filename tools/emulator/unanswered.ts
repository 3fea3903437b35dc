import type { Socket } from 'node:net';

/** Connections whose response will never be completed, until the client closes them. */
export class UnansweredConnections {
	readonly #sockets = new Set<Socket>();

	get count(): number {
		return this.#sockets.size;
	}

	/** Adds a connection. A connection that is closed already is not added. */
	add(socket: Socket): void {
		if (socket.destroyed) return;
		this.#sockets.add(socket);
		socket.once('close', () => this.#sockets.delete(socket));
	}
}
