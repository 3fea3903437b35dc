import { z } from 'zod';

import { fail, succeed, type Result } from '../../core/base/faults';
import type { Handle } from '../../core/job/snapshot';
import type { Schema } from './schema';

/** Characters of a job's id. */
const MAX_ID_CHARACTERS = 500;

/**
 * Creates the schema of a job's id. The id becomes part of API paths, where one of dots alone would lead out
 * of them, and half a surrogate pair cannot be encoded.
 */
export const jobIdSchema = () =>
	z
		.string()
		.min(1)
		.max(MAX_ID_CHARACTERS)
		.regex(/^(?!\.+$)[^\p{Cc}\p{Cs}]+$/u);

/** Returns a value if it can be the id of a job, otherwise `null`. */
export function readJobId(value: unknown): string | null {
	const id = jobIdSchema().safeParse(value);
	return id.success ? id.data : null;
}

/** Creates the function that validates a handle from outside against the provider's schema. */
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
