import { createHmac, randomBytes } from 'node:crypto';

import { isObject, parseJson, textOf } from '../core/base/json';
import { MAX_TIMEOUT_S } from '../core/request/parameters';
import { equalsInConstantTime } from './signature';

/** Facts of a submitted job that a webhook does not repeat: it names the id alone. */
export interface SubmittedJob {
	model: string;
	/** ISO 8601. */
	submittedAt: string;
	seed: number | null;
}

/** Facts that the URL of a trigger carries. */
export interface SignedAddress extends SubmittedJob {
	/** Distinguishes this URL from every other one; `null` in a URL that version 0.1.0 made. */
	nonce: string | null;
	/** Milliseconds since the epoch, inclusive, until which the URL is valid. */
	expiresAt: number;
}

/** Query parameter that carries the facts and their signature. */
const PARAMETER = 'flux';
/** Bytes of a nonce: enough that no two URLs of a key ever have the same. */
const NONCE_BYTES = 12;
/** Milliseconds after the submit for which a URL is valid: the longest 'Timeout', one day. */
const LIFETIME_MS = MAX_TIMEOUT_S * 1000;

const sign = (text: string, secret: string): string =>
	createHmac('sha256', secret).update(text).digest('base64url');

/**
 * Adds the facts of a job to the URL of a trigger, signed so that nobody else can make such a URL. It is
 * valid for one job and one day.
 */
export function signUrl(url: string, job: SubmittedJob, secret: string): string {
	const nonce = randomBytes(NONCE_BYTES).toString('base64url');
	const payload = Buffer.from(JSON.stringify({ ...job, nonce })).toString('base64url');
	const target = new URL(url);
	target.searchParams.set(PARAMETER, `${payload}.${sign(payload, secret)}`);
	return target.href;
}

/** Reads the facts of a job from the query of a webhook; `null` unless they were signed with this secret. */
export function readSignedQuery(
	query: Readonly<Record<string, unknown>>,
	secret: string,
): SignedAddress | null {
	const [payload = '', signature = ''] = textOf(query[PARAMETER]).split('.');
	if (!equalsInConstantTime(signature, sign(payload, secret))) return null;
	const facts = parseJson(Buffer.from(payload, 'base64url').toString());
	if (!isObject(facts)) return null;
	const { model, submittedAt, seed, nonce } = facts;
	const expiresAt = Date.parse(textOf(submittedAt)) + LIFETIME_MS;
	if (typeof model !== 'string' || typeof submittedAt !== 'string' || Number.isNaN(expiresAt)) return null;
	return {
		model,
		submittedAt,
		seed: typeof seed === 'number' ? seed : null,
		nonce: typeof nonce === 'string' ? nonce : null,
		expiresAt,
	};
}
