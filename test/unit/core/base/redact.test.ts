import fc from 'fast-check';

import { redact } from '../../../../nodes/FluxKontext/core/base/redact';

const key = 'sk-live-0123456789abcdef';

it.each([
	['the key', `Bad key ${key}.`, 'Bad key [hidden].'],
	['every occurrence of the key', `${key}/${key}`, '[hidden]/[hidden]'],
	[
		'a Bearer header',
		'sent Authorization: Bearer abcdefgh12345678==',
		'sent Authorization: Bearer [hidden]',
	],
	['a Key header in lower case', 'authorization: key 1234567890abcdef:0123', 'authorization: key [hidden]'],
	[
		'the signature of a link',
		'GET https://files.example/a.png?se=1&sig=a%2Fb failed',
		'GET https://files.example/a.png?[hidden] failed',
	],
	[
		'the fragment of a link',
		'see https://files.example/a#token=1 now',
		'see https://files.example/a?[hidden] now',
	],
	[
		'several links',
		'http://a.example/?x=1 and "https://b.example/y?z"',
		'http://a.example/?[hidden] and "https://b.example/y?[hidden]"',
	],
])('hides %s', (_, text, clean) => {
	expect(redact(text, [key])).toBe(clean);
});

it.each([
	'The prompt is empty',
	'see https://docs.bfl.ai/errors for more',
	'A key is missing',
	'Is it? Yes.',
])('leaves %j unchanged', (text) => {
	expect(redact(text, [key])).toBe(text);
});

it('ignores empty and very short secrets, which would hide half of the text', () => {
	expect(redact('a banana', ['', 'a', 'ana'])).toBe('a banana');
});

it('leaves no secret in any text', () => {
	const secret = fc.stringMatching(/^[\w-]{8,40}$/).filter((text) => !'[hidden]'.includes(text));
	fc.assert(
		fc.property(fc.string(), secret, fc.string(), (before, hidden, after) => {
			expect(redact(before + hidden + after, [hidden])).not.toContain(hidden);
		}),
	);
});
