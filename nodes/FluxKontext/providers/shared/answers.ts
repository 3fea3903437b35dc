import { z } from 'zod';

import { fail, succeed, type Result } from '../../core/base/faults';
import { isObject, type JsonObject } from '../../core/base/json';
import { mayCarryKey } from '../../core/http/trust';
import type { Handle } from '../../core/provider';

/** The part of a zod schema that is the same in zod 3.25 and 4. */
interface Schema<T> {
	safeParse(
		value: unknown,
	):
		| { success: true; data: T }
		| { success: false; error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] } };
}

/** Schemas are built when first used: loading the node costs nothing, and most runs need one provider's. */
export function once<T>(make: () => T): () => T {
	let made: { value: T } | null = null;
	return () => (made ??= { value: make() }).value;
}

/** Above any seed, time or price. */
const MAX_NUMBER = 1e24;

/**
 * A fact that an answer may carry besides what the job needs; `null` where it is missing or of another type: a paid job
 * is not lost over it.
 */
export const optional = {
	text: () => z.string().nullish().catch(null),
	/** JSON can write numbers that are infinite once they are read, or multiplied. */
	number: () => z.number().min(-MAX_NUMBER).max(MAX_NUMBER).nullish().catch(null),
};

/** An answer read by its schema; what does not fit is named, without the values in it. */
export function readAnswer<T>(provider: string, schema: Schema<T>, body: unknown): Result<T> {
	const parsed = schema.safeParse(body);
	if (parsed.success) return succeed(parsed.data);
	if (!isObject(body))
		return fail('badResponse', `${provider} answered with something that is not a JSON object`);
	const [issue] = parsed.error.issues;
	return fail(
		'badResponse',
		`${provider} answered in an unknown shape (${issue?.path.join('.') || 'body'}: ${issue?.message})`,
	);
}

/** An id becomes a part of the API's paths: one of dots alone would lead out of them, and half a character has no place in an address. */
export const jobId = () =>
	z
		.string()
		.min(1)
		.max(500)
		.regex(/^(?!\.+$)[^\p{Cc}\p{Cs}]+$/u);

/** An id out of a call, if it can be one of a job. */
export function jobIdIn(value: unknown): string | null {
	const id = jobId().safeParse(value);
	return id.success ? id.data : null;
}

/** Checks a handle that came from outside against the provider's schema. */
export function handleReader<H extends Handle>(schema: () => Schema<H>): (value: unknown) => Result<H> {
	return (value) => {
		const parsed = schema().safeParse(value);
		if (parsed.success) return succeed(parsed.data);
		const [issue] = parsed.error.issues;
		return fail(
			'invalidRequest',
			`its handle does not fit (${issue?.path.join('.') || 'handle'}: ${issue?.message})`,
		);
	};
}

/** An address out of an answer, if the key may go there: only such a one gets into a handle. */
export function ownAddress(
	url: string | null | undefined,
	baseUrl: string,
	trustedHosts: readonly string[],
): string | null {
	return url && mayCarryKey(url, baseUrl, trustedHosts) ? url : null;
}

/** A request body checked against the provider's schema, so that nothing ill-typed is ever sent. */
export function checkBody(provider: string, schema: Schema<unknown>, body: JsonObject): Result<JsonObject> {
	const parsed = schema.safeParse(body);
	if (parsed.success) return succeed(body);
	const [issue] = parsed.error.issues;
	return fail(
		'invalidRequest',
		`${provider} does not take this request (${issue?.path.join('.')}: ${issue?.message})`,
	);
}

const REFUSAL = /moderat|nsfw|safety (checker|filter|system)|content polic|flagged|sensitive/i;

/** Whether a provider without a code for it says in words that a filter refused the prompt or the image. */
export function soundsModerated(text: string): boolean {
	return REFUSAL.test(text);
}

/** A link that an answer names without its host is one of the API's own origin. */
export function absoluteUrl(link: string, baseUrl: string): string {
	try {
		return new URL(link, new URL('/', baseUrl)).href;
	} catch {
		return link;
	}
}
