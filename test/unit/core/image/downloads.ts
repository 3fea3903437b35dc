import { createHash } from 'node:crypto';

import type { Result } from '../../../../nodes/FluxKontext/core/base/faults';
import { defaultLimits } from '../../../../nodes/FluxKontext/core/base/limits';
import { storeBase64 } from '../../../../nodes/FluxKontext/core/image/base64Image';
import { downloadImage } from '../../../../nodes/FluxKontext/core/image/download';
import type { StoredImage, StoreImage } from '../../../../nodes/FluxKontext/core/image/openImage';
import { storeInMemory, type EngineFixture } from '../engineFixture';

/** Downloads an image of the provider "Acme" within `timeoutMs` milliseconds; default: ten minutes. */
export async function downloadFrom<T>(
	{ ports, stop, server }: EngineFixture,
	url: string,
	store: StoreImage<T>,
	timeoutMs = 600_000,
): Promise<Result<StoredImage<T>>> {
	const deadline = ports.now() + timeoutMs;
	const context = { ports, limits: defaultLimits, deadline, signal: stop.signal, source: 'Acme' };
	return await downloadImage({ ...context, ownOrigin: server.origin }, url, store);
}

/** Stores an image that came as base64 from the provider "Acme", which keeps it unless `isKept` is false. */
export async function storeEmbedded<T>(
	{ ports, stop }: Pick<EngineFixture, 'ports' | 'stop'>,
	data: string,
	store: StoreImage<T>,
	isKept = true,
): Promise<Result<StoredImage<T>>> {
	const deadline = ports.now() + 600_000;
	const context = { ports, limits: defaultLimits, deadline, signal: stop.signal, source: 'Acme' };
	return await storeBase64({ ...context, isKept }, data, store);
}

/** Returns the hex SHA-256 of an image. */
export const digest = (image: Uint8Array): string => createHash('sha256').update(image).digest('hex');

/** Stores the digest of an image. */
export const storeDigest: StoreImage<string> = async (image) => digest(await storeInMemory(image));
