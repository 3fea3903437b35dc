import { parseJson } from '../base/json';
import type { HttpRequest, HttpResponse, NoAnswer, Ports } from './ports';
import { readText } from './stream';
import { timeLimit } from './timeLimit';

/** Bounds of one request and its response. */
export interface ExchangeBounds {
	authenticate: boolean;
	/** Milliseconds until the response must have been read completely. */
	timeoutMs: number;
	/** Bytes of the response. */
	maxBytes: number;
	/** Aborts the exchange. */
	signal: AbortSignal;
}

/** Outcome of an exchange: a complete response, or the reason why there is none. */
export type ExchangeOutcome = { kind: 'response'; response: HttpResponse } | NoAnswer;

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;

const unknownDelivery = (reason: string): NoAnswer => ({ kind: 'noAnswer', delivery: 'unknown', reason });

/** Sends one request and reads its whole response, within the bounds. Follows no redirect. Never rejects. */
export async function exchange(
	ports: Ports,
	request: HttpRequest,
	{ authenticate, timeoutMs, maxBytes, signal }: ExchangeBounds,
): Promise<ExchangeOutcome> {
	const limit = timeLimit(ports, timeoutMs, signal);
	try {
		const answer = await ports.http.open({
			...request,
			authenticate,
			// A redirect could carry the key to another host; no provider's API needs one.
			followRedirects: false,
			timeoutMs,
			signal: limit.signal,
		});
		if (answer.kind === 'noAnswer') {
			const timedOut = limit.signal.aborted && !signal.aborted;
			return timedOut ? { ...answer, reason: `no answer within ${seconds(timeoutMs)}` } : answer;
		}
		const text = await readText(answer.body, maxBytes);
		if (text === null) return unknownDelivery(`an answer larger than ${maxBytes} bytes`);
		const { status, headers } = answer;
		return { kind: 'response', response: { status, headers, body: parseJson(text) ?? text } };
	} catch {
		return unknownDelivery(
			limit.signal.aborted ? `no whole answer within ${seconds(timeoutMs)}` : 'the answer was cut off',
		);
	} finally {
		limit.clear();
	}
}
