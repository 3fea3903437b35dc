import fc from 'fast-check';

import { redact, redactJson } from '../../../nodes/FluxKontext/core/base/redact';
import { cleanKey, keyComplaint } from '../../../nodes/FluxKontext/transport/apiKey';
import { secretForms } from '../../../nodes/FluxKontext/transport/secretForms';

const key = 'sk-live_0123456789abcdef';

describe('cleaning a key', () => {
	it.each([
		['as it is', key],
		['with white space around it', `  ${key}\n`],
		['with an invisible character at its end', `${key}\u200b`],
		['with a byte order mark', `\ufeff${key}`],
		['with a non-breaking space', `\u00a0${key}\u00a0`],
		['in quotes', `"${key}"`],
		['in typographic quotes', `\u201c${key}\u201d`],
		['after Bearer', `Bearer ${key}`],
		['after bearer and tabs', `bearer\t\t${key}`],
		['after Key', `Key ${key}`],
		['as a whole header', `Authorization: Bearer ${key}`],
		['as a header in quotes', `'Bearer "${key}"'`],
		['as a property of JSON', `"Authorization": "Bearer ${key}"`],
		['in low typographic quotes', `\u201e${key}\u201c`],
		['between marks of direction', `\u2066${key}\u2069`],
	])('takes it %s', (_, typed) => {
		expect(cleanKey(typed)).toBe(key);
		expect(keyComplaint(cleanKey(typed))).toBeNull();
	});

	it.each([[undefined], [null], [{}], [''], [' '], ['""'], ['Bearer '], ['"Authorization: Key "']])(
		'finds no key in %j',
		(typed) => {
			expect(cleanKey(typed)).toBe('');
		},
	);

	it.each(['key', 'bearer', 'Key-1', 'bearer_1', 'local:key'])('leaves the key %s', (text) => {
		expect(cleanKey(text)).toBe(text);
	});

	it('takes a number, which an expression may return', () => {
		expect(cleanKey(12_345_678)).toBe('12345678');
	});

	it('takes a long text in linear time', () => {
		expect(cleanKey(`${' '.repeat(1_000_000)}${key}${'"'.repeat(1_000_000)}`)).toBe(key);
		expect(cleanKey(`Bearer ${' '.repeat(1_000_000)}${key}`)).toBe(key);
		expect(cleanKey(`authorization${' '.repeat(1_000_000)}`)).toBe('authorization');
	});
});

it.each([
	['sk-live 0123', 'contains a space (U+0020) at position 8 of 12'],
	['sk-l\u0456ve', 'contains a character outside ASCII (U+0456) at position 5 of 7'],
	['sk\n', 'contains a line break (U+000A) at position 3 of 3'],
	['🦊', 'contains a character outside ASCII (U+1F98A) at position 1 of 2'],
	['\ud83d', 'contains a character outside ASCII (U+D83D) at position 1 of 1'],
])('names the character of %j that no key has, but not the key', (text, complaint) => {
	expect(keyComplaint(text)).toBe(complaint);
});

it('names the length of a text that is too long for a key', () => {
	expect(keyComplaint('k'.repeat(4_096))).toBeNull();
	expect(keyComplaint('k'.repeat(4_097))).toBe('has 4097 characters, and a key has at most 4096');
});

describe('a key is hidden', () => {
	const base64 = (text: string) => Buffer.from(text).toString('base64');
	const typed = `"Bearer ${key}" `;
	const forms = secretForms(typed, 'callback-secret-0123');

	it.each<[string, string]>([
		['as it was typed', typed],
		['as it is sent', key],
		['in upper case', key.toUpperCase()],
		['within a URL', encodeURIComponent(`a:${key}`)],
		['within JSON', JSON.stringify({ message: typed })],
		['in base64', base64(key)],
		['in base64 of a user and the key', base64(`user:${key}`)],
		['in base64 of the key and a colon', base64(`${key}:`)],
		['in base64url', Buffer.from(`me:${key}`).toString('base64url')],
		['as the secret of callbacks', 'callback-secret-0123'],
	])('%s', (_, shown) => {
		const clean = redact(`before ${shown} after`, forms);
		expect(clean).toContain('[hidden]');
		for (const part of [key, key.toUpperCase(), base64(key).slice(4, -6)])
			expect(clean).not.toContain(part);
	});

	it('in base64 whatever stands before and after it', () => {
		fc.assert(
			fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (before, after) => {
				const encoded = Buffer.from(`${before}${key}${after}`).toString('base64');
				expect(redact(encoded, forms)).toContain('[hidden]');
			}),
		);
	});

	it('in parts that a colon separates, each in every form', () => {
		const [id, secret] = ['0c5f2e9a-1111-4222-8333', 'f00dfeedf00dfeed'];
		const ofParts = secretForms(`Key ${id}:${secret}`);
		for (const shown of [id, secret, base64(secret), base64(`${id}:${secret}`)])
			expect(redact(`before ${shown}`, ofParts).replaceAll('=', '')).toMatch(
				/^before \w?\[hidden\]\w?$/,
			);
	});

	it('where slashes and marks are escaped', () => {
		const marked = "sk/live('0123')!~*";
		const ofMarked = secretForms(marked);
		const strict = encodeURIComponent(marked).replace(
			/[!'()*~]/g,
			(mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
		);
		for (const shown of [marked, marked.replaceAll('/', '\\/'), strict, encodeURIComponent(strict)])
			expect(redact(`(${shown})`, ofMarked)).not.toContain('0123');
	});

	it('but not if it is a word of fewer than six characters', () => {
		expect(secretForms('Bearer local').every((form) => form.length > 'local'.length)).toBe(true);
		expect(redact('the local server', secretForms('local'))).toBe('the local server');
	});

	it('of fifty keys in a text of a megabyte, quickly', () => {
		const keys = Array.from({ length: 50 }, (_, index) => `${key}:${'abcdefghij'.repeat(3)}${index}`);
		const all = keys.flatMap((one) => secretForms(one));
		const text = `${'sk-live_0123456789abcde '.repeat(40_000)}${keys.at(-1)}`;
		const start = performance.now();
		expect(redact(text, all).endsWith(' [hidden]')).toBe(true);
		expect(performance.now() - start).toBeLessThan(2_000);
	});

	it('in a text of a megabyte, quickly', () => {
		const text = `${'sk-live_0123456789abcde '.repeat(40_000)}${key}`;
		expect(redact(text, forms).endsWith('[hidden]')).toBe(true);
	});

	it.each(['a1B2c3D4', '\\', '~', "'!()", 'a:', '%', '"'])(
		'where it is as long as a key can be and is made of %j',
		(unit) => {
			const long = `${'k'.repeat(8)}${unit.repeat(4_096).slice(0, 4_080)}${'z'.repeat(8)}`;
			const ofLong = secretForms(`Bearer ${long}`, 'c'.repeat(64), 'q'.repeat(2_048));
			for (const shown of [long, encodeURIComponent(long), JSON.stringify(long).slice(1, -1)])
				expect(redact(`<${shown}>`, ofLong)).toMatch(/^<(?:\[hidden\])+>$/);
		},
	);

	it('where it was typed with very much around it', () => {
		const padded = `${' '.repeat(400_000)}"Bearer ${key}"${'\n'.repeat(400_000)}`;
		expect(redact(`bad key ${key}`, secretForms(padded))).toBe('bad key [hidden]');
	});

	it('but not in the id of a job that its handle repeats', () => {
		const job = {
			id: key,
			providerStatus: key,
			handle: { id: key, statusUrl: `https://a.example/?key=${key}` },
		};
		expect(redactJson({ job }, forms)).toEqual({
			job: {
				id: key,
				providerStatus: '[hidden]',
				handle: { id: key, statusUrl: 'https://a.example/?key=[hidden]' },
			},
		});
	});

	it('and a value that is nested too deeply is cut off', () => {
		let deep: object = { key };
		for (let level = 0; level < 30_000; level += 1) deep = { a: deep };
		expect(JSON.stringify(redactJson(deep as never, forms))).toContain('[nested too deeply]');
	});
});
