import { exceptionText } from '../core/base/exceptions';
import { isObject } from '../core/base/json';
import type { NoAnswer } from '../core/http/ports';
import { KEY_NOT_SENT } from './credentialTypes/keyHeader';

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
/** Error codes of a request that Node refuses to send: its URL, or a header. */
const UNSENDABLE = new Set([
	'ERR_HTTP_INVALID_HEADER_VALUE',
	'ERR_INVALID_CHAR',
	'ERR_INVALID_HTTP_TOKEN',
	'ERR_INVALID_URL',
	'ERR_UNESCAPED_CHARACTERS',
]);
/**
 * Errors of the language itself, such as those of serialising a body, when no request is attached to them.
 */
const LOCAL_ERRORS = ['RangeError', 'SyntaxError', 'TypeError', 'URIError'];
/** Texts of a TLS handshake that failed, so that no HTTP request was sent. */
const HANDSHAKE_FAILED = [
	'before secure TLS connection was established',
	'wrong version number',
	'unsupported protocol',
	'no protocols available',
	'alert handshake failure',
	'alert protocol version',
];
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

/** Tells whether an exception came before anything was sent, and would come again. */
function isUnsendable(causes: ReadonlyArray<Record<string, unknown>>, codes: readonly string[]): boolean {
	if (codes.some((code) => UNSENDABLE.has(code))) return true;
	const isLocal = causes.some((cause) => LOCAL_ERRORS.includes(String(cause['name'])));
	return (
		isLocal && codes.length === 0 && !causes.some((cause) => 'request' in cause || 'response' in cause)
	);
}

/** Describes why a request has no response, and whether the server can have seen it. */
export function describeNoAnswer(error: unknown): NoAnswer {
	const causes = causesOf(error);
	const isBlocked = causes.some((cause) =>
		REFUSED_BY_N8N.test(`${String(cause['name'])} ${String(cause['message'])}`),
	);
	if (isBlocked)
		return { kind: 'noAnswer', delivery: 'blocked', reason: "n8n's settings do not allow this address" };
	if (causes.some((cause) => String(cause['message']).includes(KEY_NOT_SENT)))
		return {
			kind: 'noAnswer',
			delivery: 'blocked',
			reason: `the credential was changed during the run, ${KEY_NOT_SENT}`,
			advice:
				'Run again with the credential as it is now. To finish a job that was submitted before, ' +
				'restore the base URL and the key of that time, and use Job → Wait.',
		};
	const messageCodes = causes.flatMap(codesInMessages);
	const codes = [
		...messageCodes,
		...causes.map((cause) => cause['code']).filter((code) => typeof code === 'string'),
	];
	const reason = codes.at(-1) ?? 'the connection broke';
	if (isUnsendable(causes, codes))
		return { kind: 'noAnswer', delivery: 'unsendable', reason: codes.at(-1) ?? exceptionText(error) };
	const wasConnecting =
		messageCodes.length > 0 ||
		causes.some(
			(cause) =>
				CONNECTING_CALLS.includes(String(cause['syscall'])) ||
				HANDSHAKE_FAILED.some((text) => String(cause['message']).includes(text)),
		);
	const isNotSent = wasConnecting || codes.some((code) => NEVER_CONNECTED.has(code));
	return { kind: 'noAnswer', delivery: isNotSent ? 'notSent' : 'unknown', reason };
}
