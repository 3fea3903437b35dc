import { createHmac } from 'node:crypto';

import { readSignedQuery, signUrl } from '../../../nodes/FluxKontext/webhooks/signedUrl';

const SECRET = 'the secret';
const DAY_MS = 86_400_000;
const job = { model: 'flux-kontext-pro', submittedAt: '2026-11-27T12:00:00.000Z', seed: 7 };

const queryOf = (url: string) => Object.fromEntries(new URL(url).searchParams);

/** Signs any text as a payload of the query. */
function signedQuery(text: string, secret = SECRET) {
	const payload = Buffer.from(text).toString('base64url');
	return { flux: `${payload}.${createHmac('sha256', secret).update(payload).digest('base64url')}` };
}

it('a signed URL carries the facts of the job, a nonce and its expiry a day after the submit', () => {
	const url = signUrl('https://n8n.example/webhook/x/flux-kontext?tenant=1', job, SECRET);
	expect(url).toMatch(/^https:\/\/n8n\.example\/webhook\/x\/flux-kontext\?tenant=1&flux=[\w.-]+$/);
	expect(readSignedQuery(queryOf(url), SECRET)).toEqual({
		...job,
		nonce: expect.stringMatching(/^[\w-]{16}$/) as unknown,
		expiresAt: Date.parse(job.submittedAt) + DAY_MS,
	});
});

it('two URLs of equal jobs have different nonces', () => {
	const nonces = [1, 2].map(
		() => readSignedQuery(queryOf(signUrl('https://n8n.example/', job, SECRET)), SECRET)?.nonce,
	);
	expect(new Set(nonces).size).toBe(2);
});

it('a URL of version 0.1.0, which has no nonce, carries the facts and an expiry', () => {
	expect(readSignedQuery(signedQuery(JSON.stringify(job)), SECRET)).toEqual({
		...job,
		nonce: null,
		expiresAt: Date.parse(job.submittedAt) + DAY_MS,
	});
});

it('a URL that was signed with another secret is refused', () => {
	const url = signUrl('https://n8n.example/', job, 'another secret');
	expect(readSignedQuery(queryOf(url), SECRET)).toBeNull();
});

it.each([
	['no text', {}],
	['a list', { flux: ['a', 'b'] }],
	['an object', { flux: { a: 1 } }],
	['no signature', { flux: signedQuery(JSON.stringify(job)).flux.split('.')[0] }],
	['a shortened signature', { flux: signedQuery(JSON.stringify(job)).flux.slice(0, -1) }],
	['characters beyond ASCII', { flux: 'é.é' }],
])('a query with %s is refused', (_, query) => {
	expect(readSignedQuery(query, SECRET)).toBeNull();
});

it.each([
	['no JSON', 'x'],
	['null', 'null'],
	['a list', '[]'],
	['no model', JSON.stringify({ ...job, model: 1 })],
	['no time', JSON.stringify({ ...job, submittedAt: 'soon' })],
])('a signed payload that is %s is refused', (_, text) => {
	expect(readSignedQuery(signedQuery(text), SECRET)).toBeNull();
});
