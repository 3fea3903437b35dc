import type { FastifyInstance } from 'fastify';
import { ZodError } from 'zod';
import { parseFault } from './faults';
import type { Emulator } from './types';

/** The part of the emulator that is controlled over HTTP. */
export type EmulatorControls = Pick<Emulator, 'requests' | 'jobs' | 'callbacks' | 'inject' | 'clear'>;

/**
 * Adds the routes under `/__emulator`, through which another process injects faults and reads the records.
 */
export function addControlRoutes(
	app: FastifyInstance,
	{ requests, jobs, callbacks, inject, clear }: EmulatorControls,
): void {
	app.post('/__emulator/faults', async (request, reply) => {
		try {
			const fault = parseFault(request.body);
			inject(fault);
			return await reply.code(201).send(fault);
		} catch (error) {
			if (!(error instanceof ZodError)) throw error;
			return await reply.code(400).send({ error: 'Not a fault', issues: error.issues });
		}
	});
	app.get('/__emulator/requests', () => requests);
	app.get('/__emulator/jobs', () => jobs);
	app.get('/__emulator/callbacks', () => callbacks);
	app.delete('/__emulator', async (_, reply) => {
		clear();
		return reply.code(204).send();
	});
}
