import type { Result } from '../base/faults';
import { isObject, textOf } from '../base/json';
import type { Provider } from '../provider';
import { readHandle } from './providerCalls';
import type { Handle } from './snapshot';

/**
 * Signs the handles of synchronous providers. Such a handle holds links that are downloaded later, so only
 * the owner of the key may write one.
 */
export interface HandleSigner {
	sign(text: string): string;
	/** Compares in a time that does not depend on where the signatures differ. */
	verify(text: string, signature: string): boolean;
}

/** Property of a handle that holds its signature. */
const PROPERTY = 'signature';

/** Returns the text that is signed; `null` for a handle that its provider does not accept. */
function signedText<H extends Handle>(provider: Provider<H>, handle: unknown): string | null {
	const read = readHandle(provider, handle);
	return read.ok ? JSON.stringify(read.value) : null;
}

/** Adds a signature to the handle of a synchronous provider. Any other handle is returned as it is. */
export function signHandle<H extends Handle>(
	provider: Provider<H>,
	handle: H,
	signer: HandleSigner | undefined,
): H {
	const text = provider.kind === 'sync' && signer ? signedText(provider, handle) : null;
	return text === null || !signer ? handle : { ...handle, [PROPERTY]: signer.sign(text) };
}

/**
 * Reads a handle that comes from outside. Returns `'unsigned'` where its links were not written by the owner
 * of the key. Without a signer the caller vouches for the handle.
 */
export function readSignedHandle<H extends Handle>(
	provider: Provider<H>,
	value: unknown,
	signer: HandleSigner | undefined,
): Result<H> | 'unsigned' {
	const handle = readHandle(provider, value);
	if (!handle.ok || provider.kind !== 'sync' || !signer) return handle;
	const signature = isObject(value) ? textOf(value[PROPERTY]) : '';
	if (!signer.verify(JSON.stringify(handle.value), signature)) return 'unsigned';
	return { ok: true, value: { ...handle.value, [PROPERTY]: signature } };
}
