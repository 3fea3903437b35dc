import type { JsonObject } from '../base/json';

/** Part of a multipart form: a text field or a file. */
export type FormPart =
	{ name: string; value: string } | { name: string; fileName: string; mimeType: string; bytes: Uint8Array };

/**
 * API request as a provider describes it. The engine adds time limits and decides whether the key goes along.
 */
export interface HttpRequest {
	method: 'GET' | 'POST' | 'PUT' | 'DELETE';
	/** Absolute URL. */
	url: string;
	headers?: Record<string, string>;
	/** JSON body; excludes `form`. */
	json?: JsonObject;
	/** Multipart body; excludes `json`. */
	form?: readonly FormPart[];
}

/** Complete API response, read within limits. */
export interface HttpResponse {
	status: number;
	/** Names in lower case. */
	headers: Record<string, string>;
	/** The parsed JSON, or the text where it is not JSON. */
	body: unknown;
}

/** Request as the engine hands it to the HTTP port. */
export interface HttpCall extends HttpRequest {
	/**
	 * Whether the port adds the key. Only `sendAuthenticated` and `downloadImage` set it, after checking the
	 * address.
	 */
	authenticate: boolean;
	followRedirects: boolean;
	/** Milliseconds until the headers of the response must have arrived. */
	timeoutMs: number;
	/** Aborts the request and the reading of its response. */
	signal: AbortSignal;
}

/** Response whose body has not been read yet. */
export interface OpenResponse {
	kind: 'response';
	status: number;
	/** Names in lower case. */
	headers: Record<string, string>;
	body: AsyncIterable<Uint8Array>;
}

/** Absence of a usable response. */
export interface NoAnswer {
	kind: 'noAnswer';
	/**
	 * Whether the server can have seen the request. `notSent`: the connection was never made. `unsendable`:
	 * the request itself cannot be sent, so that a retry cannot help. `blocked`: the host's own settings
	 * forbid the address, so that a retry cannot help. `unknown`: anything else; it may have been processed.
	 */
	delivery: 'blocked' | 'notSent' | 'unsendable' | 'unknown';
	/**
	 * Error code of the system or library (such as ECONNREFUSED), or a short text, without addresses or keys.
	 */
	reason: string;
	/** What to do about a `blocked` address. Default: to allow it in the host's settings. */
	advice?: string;
}

/** Sends requests. */
export interface HttpPort {
	/**
	 * Resolves once the headers of the response have arrived, or with the reason why they did not. Never
	 * rejects.
	 */
	open: (call: HttpCall) => Promise<OpenResponse | NoAnswer>;
}

/** Everything that the engine needs from its host. */
export interface Ports {
	http: HttpPort;
	/** Resolves after `ms` milliseconds, or at once when the signal is aborted. Never rejects. */
	sleep: (ms: number, signal: AbortSignal) => Promise<void>;
	/** Milliseconds since the epoch. */
	now: () => number;
	/** Random number, at least 0 and below 1. */
	random: () => number;
	/** Aborted when the user stops the execution. */
	stop: AbortSignal;
	/** Decodes base64; characters that are none are skipped. */
	decodeBase64: (text: string) => Uint8Array;
}
