import { z } from 'zod';

import { fail, succeed, type Result } from '../../core/base/faults';
import { isObject, show, type JsonObject } from '../../core/base/json';
import { errorText } from '../../core/http/errors';
import { keysOf } from './failures';

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
	const text = errorText(body);
	if (!isObject(body))
		return fail('badResponse', `${provider} answered with ${whatBodyIs(body)} in place of JSON`);
	if (text !== null) return fail('badResponse', `${provider} answered: ${text}`);
	const [issue] = parsed.error.issues;
	return fail(
		'badResponse',
		`${provider} answered in an unknown shape (${issue?.path.join('.') || 'body'}: ${issue?.message}; ` +
			`${keysOf(body)})`,
	);
}

/** Characters of a body that are quoted. */
const MAX_QUOTED_CHARACTERS = 80;

/** Says what a body is that is no JSON object. */
function whatBodyIs(body: unknown): string {
	if (typeof body !== 'string') return keysOf(body);
	const text = body.trim();
	if (text === '') return 'an empty body';
	if (text.startsWith('<')) return 'a web page';
	// The first bytes of images and archives are no text.
	if (/[\u0000-\u0008\ufffd]/.test(text.slice(0, MAX_QUOTED_CHARACTERS))) return 'binary data';
	return `the text ${show(text.slice(0, MAX_QUOTED_CHARACTERS))}`;
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
