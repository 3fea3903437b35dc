import { clip, fault, type Fault, type FaultCode } from '../base/faults';
import type { HttpResponse, NoAnswer } from './ports';
import { isObject } from '../base/json';

const codeOfStatus: Record<number, FaultCode> = {
	400: 'invalidRequest',
	401: 'auth',
	402: 'payment',
	403: 'auth',
	404: 'notFound',
	405: 'notFound',
	410: 'expired',
	413: 'invalidRequest',
	415: 'invalidRequest',
	422: 'invalidRequest',
	429: 'rateLimited',
};

/** Statuses after which asking again may help: 408, 425, 429 and 5xx. */
export function isTransient(status: number): boolean {
	return status === 408 || status === 425 || status === 429 || status >= 500;
}

export function codeForStatus(status: number): FaultCode {
	return codeOfStatus[status] ?? (isTransient(status) ? 'unavailable' : 'badResponse');
}

/** What the settings of the host do not let through, it will not let through later either. */
export function forbiddenByHost(what: string, { reason }: NoAnswer): Fault {
	return fault('unavailable', `${what}: ${reason}`, {
		description:
			'Ask whoever runs n8n to allow the address: see its SSRF protection and the allowed domains of the credential.',
		retryable: false,
	});
}

/** A provider can send a whole page as its error text; a person reads the start of it. */
const MAX_TEXT_CHARACTERS = 500;
/** Deeper than any provider nests an error; without a bound, an answer could exhaust the stack. */
const MAX_DEPTH = 10;

/**
 * The human part of an error body in any of the shapes that providers use: a bare string, `{ error }`,
 * `{ error: { message } }`, `{ message }`, `{ msg }`, `{ detail }` as text or as FastAPI's list of `{ loc, msg }`.
 */
export function errorText(body: unknown): string | null {
	const text = textWithin(body, MAX_DEPTH);
	return text === null ? null : clip(text, MAX_TEXT_CHARACTERS);
}

function textWithin(body: unknown, depth: number): string | null {
	if (typeof body === 'string') {
		const text = body.trim();
		return text === '' || text.startsWith('<') ? null : text;
	}
	if (depth === 0) return null;
	if (Array.isArray(body)) {
		const texts = body.map((part) => textWithin(part, depth - 1)).filter((text) => text !== null);
		return texts.length > 0 ? texts.join('; ') : null;
	}
	if (!isObject(body)) return null;
	const { loc, msg } = body;
	if (Array.isArray(loc) && typeof msg === 'string') {
		const field = loc
			.filter((part) => ['string', 'number'].includes(typeof part) && part !== 'body')
			.join('.');
		return field === '' ? textWithin(msg, 1) : `${field}: ${msg}`;
	}
	for (const key of ['message', 'error_message', 'msg', 'error', 'detail']) {
		const text = textWithin(body[key], depth - 1);
		if (text !== null) return text;
	}
	return null;
}

/** A non-2xx answer as a fault, by its status; providers refine the code where their body says more. */
export function faultFromHttp(
	provider: string,
	response: HttpResponse,
	code = codeForStatus(response.status),
): Fault {
	const text = errorText(response.body);
	return fault(code, `${provider} answered ${response.status}${text === null ? '' : `: ${text}`}`, {
		httpStatus: response.status,
	});
}
