import type { IExecuteFunctions, IHttpRequestOptions, IN8nHttpFullResponse } from 'n8n-workflow';

import type { FormPart, HttpCall, HttpPort, NoAnswer, OpenResponse } from '../core/http/ports';
import { isObject } from '../core/base/json';
import type { NodeContext } from './nodeContext';

/** What `prepareBinaryData` takes besides a buffer. */
export type ReadableStream = Exclude<
	Parameters<IExecuteFunctions['helpers']['prepareBinaryData']>[0],
	Buffer
>;

/** Codes of a connection that was never made: name look-up, refusal, or a certificate that was not accepted. */
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
/** n8n's own refusals, before anything is sent: its SSRF protection and a credential's allowed domains. */
const REFUSED_BY_N8N = /ssrf|domain.*not allowed|not allowed.*domain/i;
const MAX_CAUSES = 8;
/** How Node words a connection that was never made, as in `connect ECONNREFUSED 127.0.0.1:443`. */
const NEVER_MADE = /^(?:connect|getaddrinfo) (E[A-Z_]+)\b/;

function causesOf(error: unknown): Array<Record<string, unknown>> {
	const chain: Array<Record<string, unknown>> = [];
	for (let level = error; isObject(level) && chain.length < MAX_CAUSES; level = level['cause'])
		chain.push(level);
	return chain;
}

/** n8n below 2.34 keeps nothing of the error that it wraps but its words. */
function wordedCodes({ messages }: Record<string, unknown>): string[] {
	return Array.isArray(messages)
		? messages.flatMap((message) => NEVER_MADE.exec(String(message))?.[1] ?? [])
		: [];
}

/** Why there was no answer, and whether the server can have seen the request. */
export function describeNoAnswer(error: unknown): NoAnswer {
	const chain = causesOf(error);
	const refusal = chain.find((level) =>
		REFUSED_BY_N8N.test(`${String(level['name'])} ${String(level['message'])}`),
	);
	if (refusal)
		return { kind: 'noAnswer', delivery: 'blocked', reason: "n8n's settings do not allow this address" };
	const worded = chain.flatMap(wordedCodes);
	const codes = [
		...worded,
		...chain.map((level) => level['code']).filter((code) => typeof code === 'string'),
	];
	const connecting =
		worded.length > 0 ||
		chain.some((level) => level['syscall'] === 'connect' || level['syscall'] === 'getaddrinfo');
	const never = connecting || codes.some((code) => NEVER_CONNECTED.has(code));
	return {
		kind: 'noAnswer',
		delivery: never ? 'notSent' : 'unknown',
		reason: codes.at(-1) ?? 'the connection broke',
	};
}

function toFormData(parts: readonly FormPart[]): FormData {
	const form = new FormData();
	for (const part of parts) {
		if ('value' in part) form.append(part.name, part.value);
		else form.append(part.name, new Blob([part.bytes], { type: part.mimeType }), part.fileName);
	}
	return form;
}

function toOptions(call: HttpCall): IHttpRequestOptions {
	const { method, url, headers, json, form, followRedirects, timeoutMs, signal } = call;
	return {
		method,
		url,
		headers: { Accept: 'application/json, image/*;q=0.9, */*;q=0.8', ...headers },
		...(json && { body: json }),
		...(form && { body: toFormData(form) }),
		// Read as a stream, so that no answer is ever larger in memory than the engine allows.
		encoding: 'stream',
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
		disableFollowRedirect: !followRedirects,
		sendCredentialsOnCrossOriginRedirect: false,
		timeout: timeoutMs,
		abortSignal: signal,
	};
}

function toResponse({ statusCode, headers, body }: IN8nHttpFullResponse): OpenResponse {
	return {
		kind: 'response',
		status: statusCode,
		headers: Object.fromEntries(
			Object.entries(headers).map(([name, value]) => [
				name.toLowerCase(),
				typeof value === 'string' ? value : JSON.stringify(value),
			]),
		),
		body: body as unknown as AsyncIterable<Uint8Array>,
	};
}

/**
 * n8n's HTTP helpers (its proxy, certificate and SSRF settings) as the engine's port. `onStream` is shown every
 * answer's stream.
 */
export function httpPort(
	context: NodeContext,
	credential: string,
	onStream: (stream: ReadableStream) => void,
): HttpPort {
	// n8n puts the execution's cancel signal in the place of ours where it finds `getExecutionCancelSignal`; then a
	// request could not be limited in time, and a cancel request would be aborted by the stop that caused it.
	const requester = {
		getNode: () => context.getNode(),
		getCredentials: context.getCredentials.bind(context),
		helpers: context.helpers,
		logger: context.logger,
	} as unknown as IExecuteFunctions;
	return {
		async open(call) {
			try {
				const options = toOptions(call);
				const answer = (await (call.authenticate
					? context.helpers.httpRequestWithAuthentication.call(requester, credential, options)
					: context.helpers.httpRequest(options))) as IN8nHttpFullResponse;
				onStream(answer.body as ReadableStream);
				return toResponse(answer);
			} catch (error) {
				return describeNoAnswer(error);
			}
		},
	};
}
