import type { ProviderId } from '../../../tools/emulator';
import { realClock } from '../../../tools/emulator/clock';
import { png } from '../../../tools/support/images';
import { bytes, json, startScriptedServer, type ScriptedServer } from '../../support/scriptedServer';
import { runDoctor } from './doctorFixture';

// A service that deviates from the provider's notes, which no emulator does.

let server: ScriptedServer;
let image: Uint8Array;

beforeEach(async () => {
	server = await startScriptedServer(realClock);
	image = await png({ width: 640, height: 480 });
	server.on('GET', /^\/a\.png/, bytes(image));
	server.on('GET', /^\/(models|user\/info)$/, json(200, {}));
});
afterEach(async () => await server.close());

const examine = async (id: ProviderId, keyName: string) =>
	await runDoctor(['--provider', id, '--base-url', server.origin, '--yes'], {
		key: 'the-right-key',
		env: { [keyName]: 'the-right-key' },
	});

it('reports that the test of the credential accepts every key', async () => {
	server.on(
		'POST',
		/generations$/,
		json(200, { id: 'o-1', data: [{ b64_json: Buffer.from(image).toString('base64') }] }),
	);
	const { status, verdicts, detail } = await examine('together', 'TOGETHER_API_KEY');
	expect({ status, verdict: verdicts['Wrong key'], detail: detail('Wrong key') }).toEqual({
		status: 1,
		verdict: 'not confirmed',
		detail: 'sent with a made-up key: answered 200',
	});
	expect(server.requestsTo('POST')).toHaveLength(1);
});

it('reports an image of another type and another size than requested', async () => {
	const webp = Buffer.from('UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==', 'base64');
	server.on(
		'POST',
		/generations$/,
		json(200, { created: 1, data: [{ b64_json: webp.toString('base64') }] }),
	);
	const { verdicts, detail } = await examine('openAiCompatible', 'OPENAICOMPATIBLE_API_KEY');
	expect(verdicts).toMatchObject({ Image: 'not confirmed', Size: 'not confirmed' });
	expect([detail('Image'), detail('Size')]).toEqual([
		'image/webp, 34 bytes; asked for png',
		'1x1; 1248x832 was asked for',
	]);
});

it('reports an image that cannot be decoded', async () => {
	const corrupt = Buffer.from(image).fill(0xff, 60, image.length - 30);
	server.on(
		'POST',
		/generations$/,
		json(200, { created: 1, data: [{ b64_json: corrupt.toString('base64') }] }),
	);
	const { verdicts, detail } = await examine('openAiCompatible', 'OPENAICOMPATIBLE_API_KEY');
	expect(verdicts).toMatchObject({ Image: 'not confirmed' });
	expect(detail('Image')).toMatch(/; it cannot be decoded: /);
});

it('reports a link that expires sooner than the node says, and another seed', async () => {
	const soon = Math.round(Date.now() / 1000) + 300;
	server.on(
		'POST',
		/generations$/,
		json(200, { images: [{ url: `${server.origin}/a.png?Expires=${soon}&Signature=abc` }], seed: 7 }),
	);
	const { status, verdicts, detail, lines } = await examine('siliconFlow', 'SILICONFLOW_API_KEY');
	expect({ status, verdicts }).toMatchObject({
		status: 1,
		verdicts: { Link: 'confirmed', Lifetime: 'not confirmed', Seed: 'not confirmed' },
	});
	expect(detail('Lifetime')).toMatch(
		/^the link works for [45](\.\d)? minutes by its Expires; the node says (60|59\.\d) minutes$/,
	);
	expect(detail('Seed')).toBe('42 was sent, 7 was reported');
	expect(lines.join('\n')).not.toContain('Signature');
	expect(server.requestsTo('GET', /a\.png/)).toMatchObject([
		{ headers: expect.not.objectContaining({ authorization: expect.anything() as unknown }) as unknown },
	]);
});
