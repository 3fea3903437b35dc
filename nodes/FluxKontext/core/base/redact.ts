import type { Fault } from './faults';
import { isObject, type JsonValue } from './json';

/** A query string of a link may be its signature, and whoever holds the link can fetch the image. */
const QUERY = /(https?:\/\/(?:(?!https?:\/\/)[^\s"'<>?#])+)[?#][^\s"'<>]*/g;
/** What follows such a word and is a word itself is no key: "Invalid API key provided". */
const AUTHORIZATION = /\b(Bearer|Key|Basic)\s+(?=\S*\d|\S{20})[\w.:~+/-]{8,}=*/gi;
/** Shorter ones are words, such as a local server may have for its key: taken out, they would spoil every text. */
const MIN_SECRET_CHARACTERS = 6;

/** A key as it may come back: as it is, without the space that was typed around it, within an address, a part of it. */
function formsOf(secret: string): string[] {
	const bare = secret.trim();
	// fal's key is an id and a secret with a colon between them.
	const parts = bare.includes(':') ? bare.split(':') : [];
	return [secret, bare, encodeURIComponent(bare), ...parts.slice(1)].filter(
		(form) => form.length >= MIN_SECRET_CHARACTERS,
	);
}

function withoutKeys(text: string, secrets: readonly string[]): string {
	return secrets
		.flatMap(formsOf)
		.reduce((clean, form) => clean.split(form).join('[hidden]'), text)
		.replace(AUTHORIZATION, '$1 [hidden]');
}

/** Takes keys, Authorization values and the signatures of links out of a text that people and logs will see. */
export function redact(text: string, secrets: readonly string[]): string {
	return withoutKeys(text, secrets).replace(QUERY, '$1?[hidden]');
}

/** The only places for a signed link: the image's own, and what finishing the job elsewhere takes. */
const WITH_LINKS = ['url', 'handle'];

/** The same for every text of a JSON value. */
export function redactJson<T extends JsonValue>(value: T, secrets: readonly string[]): T {
	const clean = (part: JsonValue, clear: (text: string) => string): JsonValue => {
		if (typeof part === 'string') return clear(part);
		if (Array.isArray(part)) return part.map((each) => clean(each, clear));
		if (!isObject(part)) return part;
		const keepLinks = (text: string) => withoutKeys(text, secrets);
		return Object.fromEntries(
			Object.entries(part).map(([name, each]) => [
				name,
				clean(each, WITH_LINKS.includes(name) ? keepLinks : clear),
			]),
		);
	};
	return clean(value, (text) => redact(text, secrets)) as T;
}

export function redactFault(fault: Fault, secrets: readonly string[]): Fault {
	const { message, description, providerStatus } = fault;
	return {
		...fault,
		message: redact(message, secrets),
		description: redact(description, secrets),
		providerStatus: providerStatus === null ? null : redact(providerStatus, secrets),
	};
}
