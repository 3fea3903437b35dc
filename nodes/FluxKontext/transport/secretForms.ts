import { MIN_SECRET_CHARACTERS } from '../core/base/redact';
import { wellFormed } from '../core/base/text';
import { cleanKey, MAX_KEY_CHARACTERS } from './apiKey';

/** Bits of a base64 character and of a byte. */
const BASE64_BITS = 6;
const BYTE_BITS = 8;

/**
 * Lists the parts of base64 texts that show that a secret stands in what they encode, whatever stands before
 * it: base64 of the bytes that lie within whole characters, for each of the three alignments, in both
 * alphabets.
 */
function base64Forms(secret: string): string[] {
	return [0, 1, 2].flatMap((offset) => {
		const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
		const first = Math.ceil((offset * BYTE_BITS) / BASE64_BITS);
		const last = Math.floor((bytes.length * BYTE_BITS) / BASE64_BITS);
		const text = bytes.toString('base64').slice(first, last);
		return [text, text.replaceAll('+', '-').replaceAll('/', '_')];
	});
}

/** Marks that `encodeURIComponent` leaves and some libraries encode. */
const MARKS = /[!'()*~]/g;

/** Lists the forms of a text within URLs, also within a URL that is itself a parameter. */
function urlForms(secret: string): string[] {
	const component = encodeURIComponent(wellFormed(secret));
	const strict = component.replace(MARKS, (mark) => `%${mark.charCodeAt(0).toString(16)}`);
	return [component, strict, encodeURIComponent(component), encodeURIComponent(strict)];
}

/** Lists the forms of a text within JSON; some libraries escape the slash as well. */
function jsonForms(secret: string): string[] {
	const json = JSON.stringify(secret).slice(1, -1);
	return [json, json.replaceAll('/', '\\/'), JSON.stringify(json).slice(1, -1)];
}

/** Returns the parts of fal's keys, an id and a secret separated by a colon. */
const partsOf = (key: string): string[] => (key.includes(':') ? key.split(':') : []);

/**
 * Lists every form in which a secret may be shown: as typed, as sent, its parts, and each within URLs, JSON
 * and base64. A short key is a word, which is not hidden.
 */
export function secretForms(typed: string, ...derived: readonly string[]): string[] {
	const key = cleanKey(typed);
	// What was typed contains the key, which is hidden in any case.
	const around = [typed, typed.trim()].filter((text) => text.length <= MAX_KEY_CHARACTERS);
	const plain = [...around, key, ...partsOf(key), ...derived];
	const forms = plain
		.filter((secret) => secret.length >= MIN_SECRET_CHARACTERS)
		.flatMap((secret) => [secret, ...urlForms(secret), ...jsonForms(secret), ...base64Forms(secret)]);
	return [...new Set(forms)];
}
