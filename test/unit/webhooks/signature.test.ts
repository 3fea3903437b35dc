import type { WebhookDelivery } from '../../../nodes/FluxKontext/webhooks/verification';
import {
	bflHex,
	BODY,
	createReceiver,
	falSigner,
	published,
	replicateSigner,
	secondsAt,
	SECRET,
	unreachable,
} from './signatureFixture';

/** Seconds that a signed time may be off. */
const WINDOW_S = 300;

const withoutHeader = (delivery: WebhookDelivery, name: string): WebhookDelivery => ({
	...delivery,
	headers: Object.fromEntries(Object.entries(delivery.headers).filter(([each]) => each !== name)),
});
const changedBody = (delivery: WebhookDelivery): WebhookDelivery => ({
	...delivery,
	// The text is equal, because neither byte is UTF-8.
	rawBody: Buffer.from(delivery.rawBody.map((byte) => (byte === 0xff ? 0xfe : byte))),
});

it.each(['aiGenerate', 'runpod'])('a webhook of %s, which signs none, is valid', async (provider) => {
	const receiver = createReceiver();
	expect(await receiver.verify(provider, { headers: {}, rawBody: BODY })).toBe('valid');
	expect(receiver.calls).toEqual([]);
});

describe('an HMAC with the secret of the submit (Black Forest Labs)', () => {
	const verify = async (header?: string, rawBody: Buffer = BODY) =>
		await createReceiver().verify('blackForestLabs', {
			headers: header === undefined ? {} : { 'x-bfl-signature': header },
			rawBody,
		});

	it.each([
		['with the name of the algorithm', `sha256=${bflHex()}`],
		['without it', bflHex()],
		['in upper case', `SHA256=${bflHex().toUpperCase()}`],
	])('is valid %s', async (_, header) => {
		expect(await verify(header)).toBe('valid');
	});

	it.each([
		['that is missing', undefined],
		['that is empty', ''],
		['of another secret', `sha256=${bflHex('another secret')}`],
		['that is too short', `sha256=${bflHex().slice(1)}`],
		['that is too long', `sha256=${bflHex()}0`],
		['that is not hex', `sha256=${'z'.repeat(64)}`],
		['with something before it', `md5=${bflHex()}`],
		['with something after it', `${bflHex()}\n`],
	])('is invalid for a header %s', async (_, header) => {
		expect(await verify(header)).toBe('invalid');
	});

	it('covers the bytes of the body, not its text', async () => {
		const changed = changedBody({ headers: {}, rawBody: BODY }).rawBody;
		expect(changed.toString()).toBe(BODY.toString());
		expect(await verify(bflHex(), changed)).toBe('invalid');
		expect(await verify(bflHex(SECRET, changed), changed)).toBe('valid');
	});
});

/** A provider that signs with keys that the receiver requests. */
const schemes = [
	{
		name: 'standardwebhooks.com (Replicate)',
		provider: 'replicate',
		header: 'webhook-signature',
		timeHeader: 'webhook-timestamp',
		otherHeader: 'webhook-id',
		create: () => {
			const { answer, deliver } = replicateSigner();
			return { answer, deliver };
		},
		malformed: ['', 'v1,', 'v1', 'v1,AAAA', `v2,${'A'.repeat(43)}=`, `v1,${'A'.repeat(86)}==`, 'v1,§§§'],
	},
	{
		name: 'Ed25519 (fal)',
		provider: 'fal',
		header: 'x-fal-webhook-signature',
		timeHeader: 'x-fal-webhook-timestamp',
		otherHeader: 'x-fal-webhook-user-id',
		create: () => {
			const { jwk, deliver } = falSigner();
			return { answer: published(jwk), deliver };
		},
		malformed: ['', 'ab', 'a'.repeat(127), 'a'.repeat(129), 'g'.repeat(128)],
	},
];

describe.each(schemes)('a signature by $name', ({ provider, header, timeHeader, otherHeader, ...scheme }) => {
	const setUp = () => {
		const { answer, deliver } = scheme.create();
		const receiver = createReceiver();
		receiver.answer = answer;
		const verify = async (delivery: WebhookDelivery) => await receiver.verify(provider, delivery);
		return { receiver, deliver, verify };
	};

	it('is valid', async () => {
		const { deliver, verify } = setUp();
		expect(await verify(deliver())).toBe('valid');
	});

	it('is invalid for another body, whose text is equal', async () => {
		const { deliver, verify } = setUp();
		expect(await verify(changedBody(deliver()))).toBe('invalid');
	});

	it('is invalid with keys of another account', async () => {
		const { verify } = setUp();
		expect(await verify(scheme.create().deliver())).toBe('invalid');
	});

	it.each([
		[-WINDOW_S, 'valid'],
		[-WINDOW_S - 1, 'invalid'],
		[WINDOW_S, 'valid'],
		[WINDOW_S + 1, 'invalid'],
	])('whose time is %d s off is %s', async (offset, expected) => {
		const { receiver, deliver, verify } = setUp();
		receiver.nowMs = Number(secondsAt(0)) * 1000;
		expect(await verify(deliver({}, secondsAt(offset)))).toBe(expected);
	});

	it.each(['', 'now', '1e9', '-1', ' 1790000000', '9'.repeat(400)])(
		'with the time "%s" is invalid, and no key is requested',
		async (timestamp) => {
			const { receiver, deliver, verify } = setUp();
			expect(await verify(deliver({}, timestamp))).toBe('invalid');
			expect(receiver.calls).toEqual([]);
		},
	);

	it.each(scheme.malformed)('that reads "%s" is invalid, and no key is requested', async (value) => {
		const { receiver, deliver, verify } = setUp();
		expect(await verify(deliver({ [header]: value }))).toBe('invalid');
		expect(receiver.calls).toEqual([]);
	});

	it('without one of its headers is invalid', async () => {
		const { deliver, verify } = setUp();
		for (const name of [header, timeHeader, otherHeader])
			expect(await verify(withoutHeader(deliver(), name))).toBe('invalid');
	});

	it.each([
		['answers 503', { status: 503, body: 'busy' }],
		['refuses the key', { status: 401, body: {} }],
		['cannot be reached', unreachable],
		['answers with something else', { status: 200, body: '<html>' }],
	])('is neither valid nor invalid where the provider %s', async (_, answer) => {
		const { receiver, deliver, verify } = setUp();
		receiver.answer = answer;
		expect(await verify(deliver())).toBe('unavailable');
	});

	it('is verified once the keys are available', async () => {
		const { receiver, deliver, verify } = setUp();
		const { answer } = receiver;
		receiver.answer = unreachable;
		expect(await verify(deliver())).toBe('unavailable');
		receiver.answer = answer;
		expect(await verify(deliver())).toBe('valid');
	});

	it('needs one request for the keys of many webhooks, also of those that arrive at once', async () => {
		const { receiver, deliver, verify } = setUp();
		const checks = await Promise.all(Array.from({ length: 40 }, async () => await verify(deliver())));
		expect(checks).toEqual(Array(40).fill('valid'));
		expect(await verify(deliver())).toBe('valid');
		expect(receiver.calls).toHaveLength(1);
	});

	it('is valid at once with keys that the provider has changed a minute ago', async () => {
		const { receiver, deliver, verify } = setUp();
		expect(await verify(deliver())).toBe('valid');
		const next = scheme.create();
		receiver.answer = next.answer;
		receiver.nowMs += 61_000;
		expect(await verify(next.deliver())).toBe('valid');
		expect(receiver.calls).toHaveLength(2);
	});

	it('causes one request for keys a minute, however often it is forged', async () => {
		const { receiver, deliver, verify } = setUp();
		const forged = changedBody(deliver());
		for (let second = 0; second < 120; second += 1) {
			receiver.nowMs += 1_000;
			expect(await verify(forged)).toBe('invalid');
		}
		expect(receiver.calls).toHaveLength(2);
	});

	it('is verified with new keys after ten minutes', async () => {
		const { receiver, deliver, verify } = setUp();
		await verify(deliver());
		receiver.nowMs += 600_001;
		receiver.answer = scheme.create().answer;
		expect(await verify(deliver({}, secondsAt(600)))).toBe('invalid');
		expect(receiver.calls).toHaveLength(2);
	});
});

describe('a signature by standardwebhooks.com', () => {
	const { answer, entry, deliver } = replicateSigner();
	const verify = async (signatures: string, fingerprint?: string) => {
		const receiver = createReceiver();
		receiver.answer = answer;
		const delivery = deliver({ 'webhook-signature': signatures });
		return await receiver.verify('replicate', delivery, fingerprint);
	};
	const valid = entry(secondsAt(0));

	it('is valid if one of several is', async () => {
		const other = replicateSigner().entry(secondsAt(0));
		expect(await verify(`v1a,xyz ${other} ${valid}`)).toBe('valid');
		expect(await verify(`${other} ${other}`)).toBe('invalid');
	});

	it('is verified with the secret of its own account', async () => {
		const receiver = createReceiver();
		const accounts = [replicateSigner(), replicateSigner()];
		for (const [index, account] of accounts.entries()) {
			receiver.answer = account.answer;
			expect(await receiver.verify('replicate', account.deliver(), `key-${index}`)).toBe('valid');
		}
		expect(receiver.calls.map(({ url, authenticate }) => ({ url, authenticate }))).toEqual(
			accounts.map(() => ({
				url: 'https://api.replicate.com/v1/webhooks/default/secret',
				authenticate: true,
			})),
		);
	});
});

describe('a signature by Ed25519', () => {
	it('is valid if one of the published keys made it, whatever else is published', async () => {
		const receiver = createReceiver();
		const { jwk, deliver } = falSigner();
		receiver.answer = published(null, 'no key', { kty: 'RSA' }, falSigner().jwk, jwk);
		expect(await receiver.verify('fal', deliver())).toBe('valid');
		expect(receiver.calls.map(({ url, authenticate }) => ({ url, authenticate }))).toEqual([
			{ url: 'https://rest.fal.ai/.well-known/jwks.json', authenticate: false },
		]);
	});

	it('is valid in upper case', async () => {
		const receiver = createReceiver();
		const { jwk, hex, deliver } = falSigner();
		receiver.answer = published(jwk);
		const delivery = deliver({ 'x-fal-webhook-signature': hex(secondsAt(0)).toUpperCase() });
		expect(await receiver.verify('fal', delivery)).toBe('valid');
	});

	it('is invalid where no key is published', async () => {
		const receiver = createReceiver();
		receiver.answer = published();
		expect(await receiver.verify('fal', falSigner().deliver())).toBe('invalid');
	});
});
