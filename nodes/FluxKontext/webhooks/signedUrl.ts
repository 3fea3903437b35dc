import { createHmac } from 'node:crypto';

import { isObject, parseJson, textOf } from '../core/base/json';
import { equalsInConstantTime } from './signature';

/** Facts of a submitted job that a webhook does not repeat: it names the id alone. */
export interface SubmittedJob {
	model: string;
	/** ISO 8601. */
	submittedAt: string;
	seed: number | null;
}

/** Query parameter that carries the facts and their signature. */
const PARAMETER = 'flux';

const sign = (text: string, secret: string): string =>
	createHmac('sha256', secret).update(text).digest('base64url');

/** Adds the facts of a job to the URL of a trigger, signed so that nobody else can make such a URL. */
export function signUrl(url: string, job: SubmittedJob, secret: string): string {
	const payload = Buffer.from(JSON.stringify(job)).toString('base64url');
	const target = new URL(url);
	target.searchParams.set(PARAMETER, `${payload}.${sign(payload, secret)}`);
	return target.href;
}

/** Reads the facts of a job from the query of a webhook; `null` unless they were signed with this secret. */
export function readSignedQuery(
	query: Readonly<Record<string, unknown>>,
	secret: string,
): SubmittedJob | null {
	const [payload = '', signature = ''] = textOf(query[PARAMETER]).split('.');
	if (!equalsInConstantTime(signature, sign(payload, secret))) return null;
	const job = parseJson(Buffer.from(payload, 'base64url').toString());
	return isObject(job) ? (job as unknown as SubmittedJob) : null;
}
