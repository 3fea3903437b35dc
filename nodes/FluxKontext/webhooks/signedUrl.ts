import { createHmac, timingSafeEqual } from 'node:crypto';

import { isObject, parseJson, textOf } from '../core/base/json';

/** What the job of a call cannot be known by otherwise: the call itself names its id alone. */
export interface Submitted {
	model: string;
	/** ISO 8601. */
	submittedAt: string;
	seed: number | null;
}

const PARAMETER = 'flux';

const sign = (text: string, secret: string): string =>
	createHmac('sha256', secret).update(text).digest('base64url');

/** The address of a trigger with what it needs to know, signed so that nobody else can make one. */
export function callbackUrl(url: string, submitted: Submitted, secret: string): string {
	const text = Buffer.from(JSON.stringify(submitted)).toString('base64url');
	const target = new URL(url);
	target.searchParams.set(PARAMETER, `${text}.${sign(text, secret)}`);
	return target.href;
}

/** What stands in the query of a call, if it was made with this secret. */
export function readCallbackQuery(
	query: Readonly<Record<string, unknown>>,
	secret: string,
): Submitted | null {
	const [text = '', signature = ''] = textOf(query[PARAMETER]).split('.');
	const [given, right] = [Buffer.from(signature), Buffer.from(sign(text, secret))];
	if (given.length !== right.length || !timingSafeEqual(given, right)) return null;
	const submitted = parseJson(Buffer.from(text, 'base64url').toString());
	return isObject(submitted) ? (submitted as unknown as Submitted) : null;
}
