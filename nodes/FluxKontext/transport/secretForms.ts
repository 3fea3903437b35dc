import { wellFormed } from '../core/base/text';
import { cleanKey } from './apiKey';

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

/** Lists every form in which a secret may be shown: as typed, as sent, within URLs, JSON and base64. */
export function secretForms(typed: string, ...derived: readonly string[]): string[] {
	const plain = [typed, cleanKey(typed), ...derived].filter((secret) => secret !== '');
	const forms = plain.flatMap((secret) => [
		secret,
		encodeURIComponent(wellFormed(secret)),
		JSON.stringify(secret).slice(1, -1),
		...base64Forms(secret),
	]);
	return [...new Set(forms)];
}
