import type { Fault } from './faults';
import { isObject, type JsonValue } from './json';
import { wellFormed } from './text';

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
export const MIN_SECRET_CHARACTERS = 6;

/** Lists the forms in which a secret may be echoed: as it is, trimmed, URL-encoded, and its second part. */
function formsOf(secret: string): string[] {
	const bare = secret.trim();
	// fal's key is an id and a secret separated by a colon.
	const parts = bare.includes(':') ? bare.split(':') : [];
	return [secret, bare, encodeURIComponent(wellFormed(bare)), ...parts.slice(1)].filter(
		(form) => form.length >= MIN_SECRET_CHARACTERS,
	);
}

/** Characters of one expression; V8 throws at one of about 50,000 characters (Node 20.20, measured). */
const MAX_PATTERN_CHARACTERS = 20_000;
/** Characters of one alternative, half of an expression, because a backslash may precede each. */
const MAX_FORM_CHARACTERS = MAX_PATTERN_CHARACTERS / 2;

/** Cuts a form that is too long for an expression into pieces that are hidden one by one. */
function piecesOf(form: string): string[] {
	const starts = Array.from({ length: Math.ceil(form.length / MAX_FORM_CHARACTERS) }, (_, piece) => piece);
	return starts
		.map((piece) => form.slice(piece * MAX_FORM_CHARACTERS, (piece + 1) * MAX_FORM_CHARACTERS))
		.filter((piece) => piece.length >= MIN_SECRET_CHARACTERS);
}

/** Expressions for each list of secrets; a list lives as long as the connection that it belongs to. */
const patterns = new WeakMap<readonly string[], readonly RegExp[]>();

/** Joins texts to alternatives of as few expressions as their size allows, in their order. */
function joinAlternatives(escaped: readonly string[]): string[] {
	const joined: string[] = [];
	for (const text of escaped) {
		const last = joined.at(-1);
		if (last === undefined || last.length + text.length > MAX_PATTERN_CHARACTERS) joined.push(text);
		else joined[joined.length - 1] = `${last}|${text}`;
	}
	return joined;
}

/** Returns the expressions that find any form of the secrets, in any case, in the order of their use. */
function patternsOf(secrets: readonly string[]): readonly RegExp[] {
	const known = patterns.get(secrets);
	if (known !== undefined) return known;
	// The longest first, because a form may be part of another one.
	const forms = [...new Set(secrets.flatMap(formsOf).flatMap(piecesOf))].sort(
		(a, b) => b.length - a.length,
	);
	const escaped = forms.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
	const created = joinAlternatives(escaped).map((source) => new RegExp(source, 'gi'));
	patterns.set(secrets, created);
	return created;
}

function redactKeys(text: string, secrets: readonly string[]): string {
	return patternsOf(secrets)
		.reduce((shown, pattern) => shown.replace(pattern, '[hidden]'), text)
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

/** Levels of nesting that are shown; deeper values would exhaust the stack of whatever reads them. */
const MAX_DEPTH = 100;

/** Returns the id that an object shares with its handle, which finishing the job requires unchanged. */
const handleIdOf = ({ id, handle }: Record<string, unknown>): unknown =>
	isObject(handle) && handle['id'] === id ? id : undefined;

type RedactText = (text: string) => string;

interface Redaction {
	all: RedactText;
	/** Leaves the query strings of links. */
	keysOnly: RedactText;
}

function redactValue(
	value: JsonValue,
	text: RedactText,
	redaction: Redaction,
	keptId: unknown,
	parents: readonly unknown[],
): JsonValue {
	if (typeof value === 'string') return text(value);
	if (typeof value !== 'object' || value === null) return value;
	if (parents.length === MAX_DEPTH) return '[nested too deeply]';
	if (parents.includes(value)) return '[contains itself]';
	const path = [...parents, value];
	if (Array.isArray(value))
		return value.map((entry) => redactValue(entry, text, redaction, undefined, path));
	const id = handleIdOf(value) ?? keptId;
	return Object.fromEntries(
		Object.entries(value).map(([name, entry]) => {
			if (name === 'id' && id !== undefined) return [name, entry];
			const redactText = PROPERTIES_WITH_LINKS.includes(name) ? redaction.keysOnly : text;
			const idOfHandle = name === 'handle' ? id : undefined;
			return [text(name), redactValue(entry, redactText, redaction, idOfHandle, path)];
		}),
	);
}

/**
 * Redacts every text of a JSON value. Links below `url` and `handle` keep their query strings, but no keys.
 * The id of a job with a handle stays as it is, because no other finds the job.
 */
export function redactJson<T extends JsonValue>(value: T, secrets: readonly string[]): T {
	const all = (text: string) => redact(text, secrets);
	const keysOnly = (text: string) => redactKeys(text, secrets);
	return redactValue(value, all, { all, keysOnly }, undefined, []) as T;
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
