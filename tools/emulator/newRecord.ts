import type { FastifyRequest } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';
import type { ProviderId, RecordedRequest, Stage } from './types';

/**
 * Creates the record of a request that was not answered yet. `at` is in milliseconds of the emulator's clock.
 */
export function newRecord(
	{ method, raw, headers }: FastifyRequest,
	provider: ProviderId | 'files',
	stage: Stage,
	at: number,
): RecordedRequest {
	return {
		provider,
		stage,
		method,
		path: raw.url ?? '',
		headers: flatHeaders(headers),
		body: null,
		status: 0,
		at,
	};
}

const flatHeaders = (headers: IncomingHttpHeaders): Record<string, string> =>
	Object.fromEntries(
		Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
	);
