import { formOf, http, summary } from '../../support';
import { useRunpod } from './support';

const { fixture, runpod, endpoint, withKey, input, run, status, cancel, error } = useRunpod();

test.each<[string, () => unknown, string]>([
	['no input', () => ({}), 'input: Required'],
	['no body', () => Buffer.alloc(0), 'Expected object, received null'],
	['a string as the body', () => 'hello', 'Expected object, received string'],
	['no image', () => ({ input: { prompt: 'a' } }), 'input: image: Required'],
	['no prompt', () => ({ input: { image: 'https://example.com/a.png' } }), 'input: prompt: Required'],
	[
		'bare base64',
		() => ({ input: input({ image: 'aGVsbG8=' }) }),
		'input: image: must be the URL or a data URI of an image',
	],
	['an unknown field', () => ({ input: input(), sync: true }), "Unrecognized key(s) in object: 'sync'"],
	[
		'an unknown input',
		() => ({ input: input({ width: 5 }) }),
		"input: Unrecognized key(s) in object: 'width'",
	],
	[
		'an unknown policy',
		() => ({ input: input(), policy: { retries: 1 } }),
		"policy: Unrecognized key(s) in object: 'retries'",
	],
	[
		'a size with an x',
		() => ({ input: input({ size: '1024x1024' }) }),
		'input: size: must be W*H, each side from 256 to 2048',
	],
	[
		'a size that is too large',
		() => ({ input: input({ size: '4096*4096' }) }),
		'input: size: must be W*H, each side from 256 to 2048',
	],
	[
		'too many steps',
		() => ({ input: input({ num_inference_steps: 51 }) }),
		'input: num_inference_steps: Number must be less than or equal to 50',
	],
	[
		'too much guidance',
		() => ({ input: input({ guidance: 10.5 }) }),
		'input: guidance: Number must be less than or equal to 10',
	],
	[
		'a fractional seed',
		() => ({ input: input({ seed: 0.5 }) }),
		'input: seed: Expected integer, received float',
	],
	[
		'a WebP output',
		() => ({ input: input({ output_format: 'webp' }) }),
		"input: output_format: Invalid enum value. Expected 'png' | 'jpeg', received 'webp'",
	],
	[
		'a short ttl',
		() => ({ input: input(), policy: { ttl: 9_999 } }),
		'policy: ttl: Number must be greater than or equal to 10000',
	],
	['a webhook that is no URL', () => ({ input: input(), webhook: 'me' }), 'webhook: must be a URL'],
])('refuses %s', async (_, body, message) => {
	const headers = { ...withKey().headers, 'content-type': 'application/json' };
	expect(summary(await http.post(`${endpoint()}/run`, body(), { headers }))).toEqual(error(400, message));
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test('refuses a body that is not JSON', async () => {
	const answer = await http.post(`${endpoint()}/run`, formOf({ input: 'x' }), withKey());
	expect(summary(answer)).toEqual(error(400, 'Content-Type must be application/json'));
});

test('refuses a body of more than 10 MB', async () => {
	const image = `data:image/png;base64,${'A'.repeat(10_000_000)}`;
	expect(summary(await run({ input: input({ image }) }))).toEqual(error(413, 'The request is too large'));
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test('answers 404 for an unknown job, /runsync and an unknown endpoint', async () => {
	expect(summary(await status('nobody'))).toEqual(error(404, 'job not found'));
	expect(summary(await cancel('nobody'))).toEqual(error(404, 'job not found'));
	const notFound = error(404, 'Not Found');
	expect(summary(await http.post(`${endpoint()}/runsync`, { input: input() }, withKey()))).toEqual(
		notFound,
	);
	expect(summary(await http.post(`${runpod().baseUrl}/other/run`, { input: input() }, withKey()))).toEqual(
		notFound,
	);
});
