import type { Fault } from './faults';
import { isObject, type JsonValue } from './json';

/**
 * A query string or fragment of a link: it may be the link's signature, and whoever holds the link can fetch
 * the image.
 */
const QUERY = /(https?:\/\/(?:(?!https?:\/\/)[^\s"'<>?#])+)[?#][^\s"'<>]*/g;
/** An authorization value. A plain word after the scheme is no key: "Invalid API key provided". */
const AUTHORIZATION = /\b(Bearer|Key|Basic)\s+(?=\S*\d|\S{20})[\w.:~+/-]{8,}=*/gi;
/**
 * Shorter secrets are words, such as a local server may use as its key; removing them would spoil every text.
 */
const MIN_SECRET_CHARACTERS = 6;

/** Lists the forms in which a key may be echoed: as typed, trimmed, URL-encoded, and its second part. */
function formsOf(secret: string): string[] {
	const bare = secret.trim();
	// fal's key is an id and a secret separated by a colon.
	const parts = bare.includes(':') ? bare.split(':') : [];
	return [secret, bare, encodeURIComponent(bare), ...parts.slice(1)].filter(
		(form) => form.length >= MIN_SECRET_CHARACTERS,
	);
}

function redactKeys(text: string, secrets: readonly string[]): string {
	return secrets
		.flatMap(formsOf)
		.reduce((clean, form) => clean.split(form).join('[hidden]'), text)
		.replace(AUTHORIZATION, '$1 [hidden]');
}

/**
 * Removes keys, authorization values and the query strings of links from a text that people or logs will see.
 */
export function redact(text: string, secrets: readonly string[]): string {
	return redactKeys(text, secrets).replace(QUERY, '$1?[hidden]');
}

/**
 * Properties that keep signed links: the image's own link, and what another execution needs to finish the
 * job.
 */
const PROPERTIES_WITH_LINKS = ['url', 'handle'];

/**
 * Redacts every text of a JSON value. Links below `url` and `handle` keep their query strings, but no keys.
 */
export function redactJson<T extends JsonValue>(value: T, secrets: readonly string[]): T {
	const clean = (part: JsonValue, redactText: (text: string) => string): JsonValue => {
		if (typeof part === 'string') return redactText(part);
		if (Array.isArray(part)) return part.map((entry) => clean(entry, redactText));
		if (!isObject(part)) return part;
		const keepLinks = (text: string) => redactKeys(text, secrets);
		return Object.fromEntries(
			Object.entries(part).map(([name, entry]) => [
				name,
				clean(entry, PROPERTIES_WITH_LINKS.includes(name) ? keepLinks : redactText),
			]),
		);
	};
	return clean(value, (text) => redact(text, secrets)) as T;
}

/** Redacts the texts of a fault. */
export function redactFault(fault: Fault, secrets: readonly string[]): Fault {
	const { message, description, providerStatus } = fault;
	return {
		...fault,
		message: redact(message, secrets),
		description: redact(description, secrets),
		providerStatus: providerStatus === null ? null : redact(providerStatus, secrets),
	};
}
