import { formOf, http, summary } from '../../support';
import { missing, owner, useReplicate } from './support';

const { fixture, api, withKey, create, get, cancel, image } = useReplicate();

test('refuses an unknown enum value with the documented text', async () => {
	const answer = await create({ prompt: 'a', output_format: 'jpeg' });
	const description = "Invalid enum value. Expected 'jpg' | 'png', received 'jpeg'";
	expect(summary(answer)).toEqual({
		status: 422,
		data: {
			detail: `- input.output_format: ${description}\n`,
			status: 422,
			title: 'Input validation failed',
			invalid_fields: [{ type: 'enum', field: 'input.output_format', description }],
		},
	});
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test.each<[string, string, () => unknown, object, string]>([
	['no prompt', 'flux-kontext-pro', () => ({}), {}, 'input.prompt'],
	['no input', 'flux-kontext-pro', () => undefined, {}, 'input'],
	['a version', 'flux-kontext-pro', () => ({ prompt: 'a' }), { version: 'x' }, ''],
	['an unknown input', 'flux-kontext-pro', () => ({ prompt: 'a', image: image() }), {}, 'input'],
	['steps for pro', 'flux-kontext-pro', () => ({ prompt: 'a', num_inference_steps: 4 }), {}, 'input'],
	[
		'bare base64',
		'flux-kontext-pro',
		() => ({ prompt: 'a', input_image: 'aGVsbG8=' }),
		{},
		'input.input_image',
	],
	[
		'more safety tolerance than an edit may have',
		'flux-kontext-pro',
		() => ({ prompt: 'a', input_image: image(), safety_tolerance: 3 }),
		{},
		'input.safety_tolerance',
	],
	[
		'a safety tolerance as a string',
		'flux-kontext-max',
		() => ({ prompt: 'a', safety_tolerance: '2' }),
		{},
		'input.safety_tolerance',
	],
	[
		'an unknown aspect ratio',
		'flux-kontext-max',
		() => ({ prompt: 'a', aspect_ratio: '7:3' }),
		{},
		'input.aspect_ratio',
	],
	['dev without an image', 'flux-kontext-dev', () => ({ prompt: 'a' }), {}, 'input.input_image'],
	[
		'too few steps',
		'flux-kontext-dev',
		() => ({ prompt: 'a', input_image: image(), num_inference_steps: 3 }),
		{},
		'input.num_inference_steps',
	],
	[
		'too much guidance',
		'flux-kontext-dev',
		() => ({ prompt: 'a', input_image: image(), guidance: 10.5 }),
		{},
		'input.guidance',
	],
])('refuses %s', async (_, model, input, more, field) => {
	expect(await create(input(), model, more)).toMatchObject({
		status: 422,
		data: { title: 'Input validation failed', invalid_fields: [{ field }] },
	});
	expect(fixture.emulator.jobs).toHaveLength(0);
});

test('refuses a body that is not JSON', async () => {
	const answer = await http.post(
		`${api().baseUrl}/models/${owner}/flux-kontext-pro/predictions`,
		formOf({ input: 'x' }),
		withKey(),
	);
	expect(answer).toMatchObject({
		status: 422,
		data: { detail: '- : Content-Type must be application/json\n' },
	});
});

test('answers 404 for an unknown model, job and path', async () => {
	expect(summary(await create({ prompt: 'a' }, 'flux-dev'))).toEqual(missing);
	expect(summary(await get('nobody'))).toEqual(missing);
	expect(summary(await cancel('nobody'))).toEqual(missing);
	expect(summary(await http.get(`${api().baseUrl}/models`, withKey()))).toMatchObject({ status: 404 });
});
