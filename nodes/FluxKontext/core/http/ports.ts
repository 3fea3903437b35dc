import type { JsonObject } from '../base/json';

/** A part of a multipart form: a text field, or a file. */
export type FormPart =
	{ name: string; value: string } | { name: string; fileName: string; mimeType: string; bytes: Uint8Array };

/** A request as a provider describes it; the engine adds limits and decides whether the key goes along. */
export interface HttpRequest {
	method: 'GET' | 'POST' | 'PUT' | 'DELETE';
	/** Absolute. */
	url: string;
	headers?: Record<string, string>;
	json?: JsonObject;
	form?: readonly FormPart[];
}

/** A whole answer, read within limits. `body` is the parsed JSON, or the text where it is not JSON. */
export interface HttpResponse {
	status: number;
	/** Names in lower case. */
	headers: Record<string, string>;
	body: unknown;
}

export interface HttpCall extends HttpRequest {
	/** Whether the port adds the credential. Decided in one place: trust.ts. */
	authenticate: boolean;
	followRedirects: boolean;
	/** Milliseconds until the headers of the answer must be there. */
	timeoutMs: number;
	signal: AbortSignal;
}

export interface OpenResponse {
	kind: 'response';
	status: number;
	headers: Record<string, string>;
	body: AsyncIterable<Uint8Array>;
}

/**
 * No answer. `sent: 'no'` only if the connection was never made, so that the server cannot have seen the request;
 * `'refused'` where the settings of the host forbid it, so that asking again cannot help.
 */
export interface NoAnswer {
	kind: 'noAnswer';
	delivery: 'blocked' | 'notSent' | 'unknown';
	/** The system's or library's code (ECONNREFUSED …) or a short text, without addresses or keys. */
	reason: string;
}

export interface HttpPort {
	/** Never rejects. The body is not read yet. */
	open: (call: HttpCall) => Promise<OpenResponse | NoAnswer>;
}

/** What the engine needs from the world. */
export interface Ports {
	http: HttpPort;
	/** Resolves after `ms` milliseconds, or at once when the signal is aborted; never rejects. */
	sleep: (ms: number, signal: AbortSignal) => Promise<void>;
	/** Milliseconds since the epoch. */
	now: () => number;
	/** From 0 to below 1. */
	random: () => number;
	/** Aborted when the execution is stopped. */
	stop: AbortSignal;
	decodeBase64: (text: string) => Uint8Array;
}
