import { z } from 'zod';

import { fail, succeed, type Result } from '../../core/base/faults';
import { isObject, type JsonObject } from '../../core/base/json';

/** Part of a zod schema that zod 3.25 and 4 share. */
export interface Schema<T> {
	safeParse(value: unknown):
		| { success: true; data: T }
		| {
				success: false;
				error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] };
		  };
}

/**
 * Creates a value on the first call. Loading the node then builds no schemas, and most runs need one
 * provider's.
 */
export function lazy<T>(create: () => T): () => T {
	let created: { value: T } | null = null;
	return () => (created ??= { value: create() }).value;
}

/** Largest number that is read; above any seed, time or price. */
const MAX_NUMBER = 1e24;

/**
 * Schemas of facts that a job does not depend on: `null` where they are missing or ill-typed, so that no paid
 * job is lost.
 */
export const optional = {
	text: () => z.string().nullish().catch(null),
	/** Bounded, because JSON can express numbers that are infinite once they are read or multiplied. */
	number: () => z.number().min(-MAX_NUMBER).max(MAX_NUMBER).nullish().catch(null),
};

/** Parses a response body. The fault (`badResponse`) names the property that does not fit, but no values. */
export function parseBody<T>(provider: string, schema: Schema<T>, body: unknown): Result<T> {
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

/** Checks a request body, so that nothing ill-typed is sent. Fault code: `invalidRequest`. */
export function checkBody(provider: string, schema: Schema<unknown>, body: JsonObject): Result<JsonObject> {
	const parsed = schema.safeParse(body);
	if (parsed.success) return succeed(body);
	const [issue] = parsed.error.issues;
	return fail(
		'invalidRequest',
		`${provider} does not take this request (${issue?.path.join('.')}: ${issue?.message})`,
	);
}
