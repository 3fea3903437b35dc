import { plan, prepare, type JobOptions, type PreparedRequest, type Provider } from '../../index';
import type { JsonObject } from '../../nodes/FluxKontext/core/base/json';
import type { Emulator } from '../../tools/emulator';
import { simplest } from '../contract/contractFixture';
import { bytesImage } from '../support/requests';

/** Prepares the simplest request of a provider, with the sample image of the emulator if it needs one. */
export function simplestPrepared(
	provider: Provider,
	{ sampleImage: { url, bytes, width, height } }: Emulator,
	additionalFields: JsonObject = {},
): PreparedRequest {
	const { request, sources } = simplest(provider);
	const planned = plan(provider, { ...request, additionalFields }, sources.length);
	if (!planned.ok) throw new Error(planned.fault.message);
	const images = sources.map((source) =>
		source === 'url'
			? ({ kind: 'url', url, size: null } as const)
			: bytesImage(new Uint8Array(bytes), { width, height }),
	);
	const prepared = prepare(planned.value, images);
	if (!prepared.ok) throw new Error(prepared.fault.message);
	const [first] = prepared.value.requests;
	if (!first) throw new Error('There is no job to run');
	return first;
}

/** Stores an image in memory. */
export const storeInMemory: JobOptions<Buffer>['store'] = async ({ chunks }) => {
	const parts: Uint8Array[] = [];
	for await (const chunk of chunks) parts.push(chunk);
	return Buffer.concat(parts);
};
