import type { IExecuteFunctions } from 'n8n-workflow';

import {
	plan,
	prepare,
	type JobOptions,
	type Ports,
	type PreparedRequest,
	type Provider,
	type Result,
} from '../../index';
import { defaultLimits } from '../../nodes/FluxKontext/core/base/limits';
import { isPrivateAddress } from '../../nodes/FluxKontext/core/http/networkAddress';
import { defaultModel } from '../../nodes/FluxKontext/core/request/plan';
import { needsInputSize } from '../../nodes/FluxKontext/core/request/prepare';
import { readInputImage } from '../../nodes/FluxKontext/transport/inputImages';
import type { JsonObject } from '../../nodes/FluxKontext/core/base/json';
import type { Emulator } from '../../tools/emulator';
import { simplest } from '../contract/contractFixture';
import { bytesImage, imageRequest } from '../support/requests';

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

/** Execution, ports and provider of an edit. */
export interface EditSetup {
	context: IExecuteFunctions;
	ports: Ports;
	provider: Provider;
	baseUrl: string;
	signal: AbortSignal;
	timeoutMs: number;
}

/** Reads the sample image of the emulator from its URL, as the node does, and prepares the edit of it. */
export async function editFromUrl(
	{ context, ports, provider, baseUrl, signal, timeoutMs }: EditSetup,
	{ sampleImage: { url } }: Emulator,
): Promise<Result<PreparedRequest>> {
	const model = defaultModel(provider, 'edit')?.id ?? '';
	const planned = plan(provider, imageRequest({ model, operation: 'edit' }), 1);
	if (!planned.ok) throw new Error(planned.fault.message);
	const reader = {
		context,
		itemIndex: 0,
		ports,
		limits: defaultLimits,
		signal,
		deadline: ports.now() + timeoutMs,
		isLocalProvider: isPrivateAddress(baseUrl),
		warn: () => undefined,
	};
	const entry = { source: 'url', binaryProperty: '', url, base64: '' } as const;
	const { inputImages } = planned.value.spec;
	const image = await readInputImage(reader, entry, 1, inputImages, needsInputSize(planned.value));
	if (!image.ok) return image;
	const prepared = prepare(planned.value, [image.value]);
	const [first] = prepared.ok ? prepared.value.requests : [];
	if (!first) throw new Error('There is no job to run');
	return { ok: true, value: first };
}

/** Stores an image in memory. */
export const storeInMemory: JobOptions<Buffer>['store'] = async ({ chunks }) => {
	const parts: Uint8Array[] = [];
	for await (const chunk of chunks) parts.push(chunk);
	return Buffer.concat(parts);
};
