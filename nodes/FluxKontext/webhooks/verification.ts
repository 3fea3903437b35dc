import type { KeyCache, VerificationKeys } from '../core/base/keyCache';
import type { AuthenticatedTarget, JobSetup } from '../core/job/context';

/** Webhook as it arrived. */
export interface WebhookDelivery {
	/** Names in lower case. */
	headers: Readonly<Record<string, string | undefined>>;
	/** Unparsed body; signatures cover its bytes. */
	rawBody: Buffer;
}

/**
 * What verifying a signature found. `unavailable`: the keys could not be requested, so that nothing is known;
 * the provider is to repeat the webhook.
 */
export type SignatureCheck = 'valid' | 'invalid' | 'unavailable';

/** Connection that the keys of signatures are requested with, and the engine's cache of them. */
export type SignatureContext = JobSetup & AuthenticatedTarget & { engine: { signingKeys: KeyCache } };

/**
 * Seconds that a signed time may be off, inclusive; an older webhook may be a replayed one
 * (standardwebhooks.com recommends it).
 */
const MAX_AGE_S = 300;
/** Milliseconds that keys are used for without being requested again. */
const KEYS_LIFETIME_MS = 600_000;
/**
 * Milliseconds after which keys that do not verify a signature are requested again, because the provider may
 * have changed them; no sooner, so that forged webhooks cannot cause many requests.
 */
const KEYS_RECHECK_MS = 60_000;

/** Tells whether a time in seconds since the epoch, as text, is close enough to now. */
export const isRecent = (seconds: string, nowMs: number): boolean =>
	/^\d{1,15}$/.test(seconds) && Math.abs(nowMs / 1000 - Number(seconds)) <= MAX_AGE_S;

/**
 * Tells whether one of the keys of an origin verifies a signature. Keys in the cache that do not are
 * requested once more, unless they were requested within the last minute. Never rejects.
 */
export async function verifyWithKeys(
	{ engine, ports }: SignatureContext,
	id: string,
	request: () => Promise<VerificationKeys>,
	verifies: (key: unknown) => boolean,
): Promise<SignatureCheck> {
	for (const maxAgeMs of [KEYS_LIFETIME_MS, KEYS_RECHECK_MS]) {
		const keys = await engine.signingKeys.get(id, maxAgeMs, ports.now, request);
		if (keys === null) return 'unavailable';
		if (keys.some(verifies)) return 'valid';
	}
	return 'invalid';
}
