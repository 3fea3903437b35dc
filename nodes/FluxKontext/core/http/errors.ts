import { fault, type Fault } from '../base/faults';
import { isObject } from '../base/json';
import { clip } from '../base/text';
import type { HttpResponse, NoAnswer } from './ports';
import { codeForStatus } from './status';

/** Creates the fault of an address that the host's own settings block. A retry cannot help. */
export function forbiddenByHost(
	what: string,
	{ reason, advice }: Omit<NoAnswer, 'kind' | 'delivery'>,
): Fault {
	return fault('unavailable', `${what}: ${reason}`, {
		description:
			advice ??
			'Ask whoever runs n8n to allow the address: see its SSRF protection and the allowed domains of ' +
				'the credential.',
		retryable: false,
	});
}

/** Characters of an error text; a provider can send a whole page. */
const MAX_TEXT_CHARACTERS = 500;
/** Levels of nesting that are searched, deeper than any provider nests an error; bounds the recursion. */
const MAX_DEPTH = 10;
/** Properties that hold an error's text, in order of preference. */
const TEXT_PROPERTIES = ['message', 'error_message', 'msg', 'error', 'detail'];

/**
 * Extracts the human-readable text of an error body in any of the shapes that providers use: a bare string,
 * `{ error }`, `{ error: { message } }`, `{ message }`, `{ msg }`, `{ detail }` as text or as FastAPI's list
 * of `{ loc, msg }`. `null` where there is none.
 */
export function errorText(body: unknown): string | null {
	const text = findText(body, MAX_DEPTH);
	return text === null ? null : clip(text, MAX_TEXT_CHARACTERS);
}

function findText(body: unknown, depth: number): string | null {
	if (typeof body === 'string') {
		const text = body.trim();
		return text === '' || text.startsWith('<') ? null : text;
	}
	if (depth === 0) return null;
	if (Array.isArray(body)) {
		const texts = body.map((part) => findText(part, depth - 1)).filter((text) => text !== null);
		return texts.length > 0 ? texts.join('; ') : null;
	}
	if (!isObject(body)) return null;
	const validation = validationText(body);
	if (validation !== null) return validation;
	for (const property of TEXT_PROPERTIES) {
		const text = findText(body[property], depth - 1);
		if (text !== null) return text;
	}
	return null;
}

/** Formats an entry of FastAPI's list of validation errors as "field: message"; `null` for anything else. */
function validationText({ loc, msg }: Record<string, unknown>): string | null {
	if (!Array.isArray(loc) || typeof msg !== 'string') return null;
	const field = loc
		.filter((part) => ['string', 'number'].includes(typeof part) && part !== 'body')
		.join('.');
	return field === '' ? findText(msg, 1) : `${field}: ${msg}`;
}

/** Tells whether a body is a web page, as firewalls and proxies answer in place of an API. */
const isPage = (body: unknown): boolean => typeof body === 'string' && body.trimStart().startsWith('<');

/**
 * Creates the fault of a non-2xx response from its status and error text. Providers refine the code from the
 * body.
 */
export function faultFromHttp(
	provider: string,
	{ status, body }: HttpResponse,
	code = codeForStatus(status),
): Fault {
	const httpStatus = status;
	// The challenge of a firewall says nothing about the key.
	if (code === 'auth' && isPage(body))
		return fault('unavailable', `${provider} answered ${status} with a web page in place of its API`, {
			httpStatus,
			description:
				'A firewall or a proxy in between may have answered: check the base URL in the credential, ' +
				'then run again later.',
		});
	const text = errorText(body);
	return fault(code, `${provider} answered ${status}${text === null ? '' : `: ${text}`}`, { httpStatus });
}
