import { isObject } from '../core/base/json';
import type { NoAnswer } from '../core/http/ports';

/**
 * Error codes of a connection that was never made: name look-up, refusal, or a certificate that was not
 * accepted.
 */
const NEVER_CONNECTED = new Set([
	'ECONNREFUSED',
	'ENOTFOUND',
	'EAI_AGAIN',
	'CERT_HAS_EXPIRED',
	'DEPTH_ZERO_SELF_SIGNED_CERT',
	'ERR_TLS_CERT_ALTNAME_INVALID',
	'SELF_SIGNED_CERT_IN_CHAIN',
	'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
	'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
/**
 * Messages of n8n's own refusals, before anything is sent: its SSRF protection and a credential's allowed
 * domains.
 */
const REFUSED_BY_N8N = /ssrf|domain.*not allowed|not allowed.*domain/i;
/** Levels of nested causes that are searched. */
const MAX_CAUSES = 8;
/** Node's message for a connection that was never made, such as `connect ECONNREFUSED 127.0.0.1:443`. */
const NEVER_CONNECTED_MESSAGE = /^(?:connect|getaddrinfo) (E[A-Z_]+)\b/;
/** System calls that precede a connection. */
const CONNECTING_CALLS = ['connect', 'getaddrinfo'];

function causesOf(error: unknown): Array<Record<string, unknown>> {
	const causes: Array<Record<string, unknown>> = [];
	for (let cause = error; isObject(cause) && causes.length < MAX_CAUSES; cause = cause['cause'])
		causes.push(cause);
	return causes;
}

/** Extracts error codes from messages: n8n below 2.34 keeps nothing else of the error that it wraps. */
function codesInMessages({ messages }: Record<string, unknown>): string[] {
	return Array.isArray(messages)
		? messages.flatMap((message) => NEVER_CONNECTED_MESSAGE.exec(String(message))?.[1] ?? [])
		: [];
}

/** Describes why a request has no response, and whether the server can have seen it. */
export function describeNoAnswer(error: unknown): NoAnswer {
	const causes = causesOf(error);
	const isBlocked = causes.some((cause) =>
		REFUSED_BY_N8N.test(`${String(cause['name'])} ${String(cause['message'])}`),
	);
	if (isBlocked)
		return { kind: 'noAnswer', delivery: 'blocked', reason: "n8n's settings do not allow this address" };
	const messageCodes = causes.flatMap(codesInMessages);
	const codes = [
		...messageCodes,
		...causes.map((cause) => cause['code']).filter((code) => typeof code === 'string'),
	];
	const wasConnecting =
		messageCodes.length > 0 ||
		causes.some((cause) => CONNECTING_CALLS.includes(String(cause['syscall'])));
	const isNotSent = wasConnecting || codes.some((code) => NEVER_CONNECTED.has(code));
	return {
		kind: 'noAnswer',
		delivery: isNotSent ? 'notSent' : 'unknown',
		reason: codes.at(-1) ?? 'the connection broke',
	};
}
