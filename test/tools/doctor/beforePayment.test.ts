import { providers } from '../../../index';
import { useContractFixture } from '../../contract/contractFixture';
import type { ProviderId } from '../../../tools/emulator';
import { runDoctor, examine } from './doctorFixture';

const fixture = useContractFixture();

const submitCount = () => fixture.requests('submit').length;

const ids = providers.map(({ id }) => id as ProviderId);

it.each(ids)('distinguishes a bad key of %s from a good one', async (id) => {
	const good = await examine(fixture, id, []);
	expect(good.verdicts).toMatchObject({ Credential: 'confirmed', 'Wrong key': 'confirmed' });
	const bad = await examine(fixture, id, ['--yes'], { key: 'not-the-right-key' });
	expect(bad).toMatchObject({ status: 1, verdicts: { Credential: 'not confirmed' } });
	expect(bad.detail('Credential')).toMatch(/^the key was refused; GET http:/);
	expect(submitCount()).toBe(0);
});

it('distinguishes an unreachable host from a bad key', async () => {
	const { status, detail } = await runDoctor(
		['--provider', 'fal', '--base-url', 'http://127.0.0.1:1', '--yes'],
		{ key: 'some-fal-key', env: { FAL_KEY: 'some-fal-key' } },
	);
	expect({ status, detail: detail('Credential') }).toEqual({
		status: 1,
		detail: 'GET http://127.0.0.1:1/v1/models/pricing: there was no answer (ECONNREFUSED)',
	});
});

it('distinguishes a failing service from a bad key', async () => {
	fixture.emulator.inject({ stage: 'credentialTest', kind: 'status', status: 503 });
	const { status, detail } = await examine(fixture, 'replicate');
	expect({ status, detail: detail('Credential') }).toMatchObject({
		status: 1,
		detail: expect.stringMatching(/: Replicate answered 503/) as unknown,
	});
	expect(submitCount()).toBe(0);
});

it('does not follow a redirect with the key', async () => {
	fixture.emulator.inject({
		stage: 'credentialTest',
		kind: 'redirect',
		location: `${fixture.emulator.filesOrigin}/elsewhere`,
	});
	const { status, detail } = await examine(fixture, 'together');
	expect({ status, detail: detail('Credential') }).toMatchObject({
		status: 1,
		detail: expect.stringMatching(
			/: answered 302 and redirects to http.+\/elsewhere, where the key is not sent$/,
		) as unknown,
	});
	expect(fixture.emulator.requests.filter(({ provider }) => provider === 'files')).toEqual([]);
});

it('needs no key for a server without one, and then tests no wrong key', async () => {
	const { status, verdicts } = await examine(fixture, 'sdServer', ['--yes'], { key: '' });
	expect({ status, verdict: verdicts['Wrong key'] }).toEqual({ status: 0, verdict: 'not applicable' });
});

it('does not pay where there is no terminal for the confirmation', async () => {
	const { status, lines, verdicts } = await examine(fixture, 'fal', []);
	expect({ status, submit: verdicts['Submit'] }).toEqual({ status: 1, submit: undefined });
	expect(lines.at(-1)).toBe(
		'The job costs about 0.04 USD. Nothing was submitted: ' +
			'there is no terminal for the confirmation. --yes pays without it.',
	);
	expect(submitCount()).toBe(0);
});

it.each([
	['pays after the answer yes', true, { status: 0, last: /^Please report/, submits: 1 }],
	['does not pay after the answer no', false, { status: 1, last: /^Nothing was submitted\.$/, submits: 0 }],
])('%s', async (_, answer, { status, last, submits }) => {
	const run = await examine(fixture, 'fal', [], { answer });
	expect(run).toMatchObject({
		status,
		questions: ['The job costs about 0.04 USD. Pay for it at fal? [y/N] '],
	});
	expect(run.lines.at(-1)).toMatch(last);
	expect(submitCount()).toBe(submits);
});

it('states in the question that the price is unknown', async () => {
	const { questions } = await examine(fixture, 'vtrix', [], { answer: false });
	expect(questions).toEqual(["The job's cost is unknown. Pay for it at Vtrix? [y/N] "]);
});

const known = providers.map(({ id }) => id).join(', ');

it.each<[mistake: string, args: string[], message: string]>([
	['no provider', [], `--provider is missing; it must be one of ${known}`],
	[
		'an unknown provider',
		['--provider', 'dalle'],
		`There is no provider dalle; it must be one of ${known}`,
	],
	['an unknown option', ['--provider', 'fal', '--fast'], "Unknown option '--fast'"],
	[
		'no key',
		['--provider', 'replicate'],
		'There is no key for Replicate: put it into the environment variable REPLICATE_API_TOKEN',
	],
	[
		'an unknown operation',
		['--provider', 'fal', '--operation', 'draw'],
		'--operation must be generate or edit, but is draw',
	],
	[
		'an operation that the provider does not have',
		['--provider', 'runpod', '--operation', 'generate'],
		'Runpod cannot generate images: its models only edit',
	],
	[
		'an invalid model',
		['--provider', 'fal', '--model', '../up'],
		`'Model' "../up" cannot be the id of a model: it leads to another path`,
	],
	[
		'an empty prompt',
		['--provider', 'fal', '--prompt', ' '],
		"'Prompt' is empty; say what the image should show",
	],
	[
		'no base URL',
		['--provider', 'openAiCompatible'],
		'OpenAI-Compatible Server has no default URL: set --base-url',
	],
	[
		'an invalid base URL',
		['--provider', 'fal', '--base-url', 'queue.fal.run'],
		'--base-url must start with https:// or http://, which is missing in "queue.fal.run"',
	],
	[
		'an input image that is no URL',
		['--provider', 'fal', '--operation', 'edit', '--image-url', 'a.png'],
		'--image-url must start with https:// or http://, but is a.png',
	],
	[
		'an input image for the operation generate',
		['--provider', 'fal', '--image-url', 'https://example.org/a.png'],
		'--image-url is for an edit: add --operation edit',
	],
	[
		'an image URL where the provider takes only files',
		['--provider', 'sdServer', '--operation', 'edit', '--image-url', 'https://example.org/a.png'],
		'Stable-Diffusion.cpp Server fetches no URLs: leave out --image-url',
	],
	[
		'no image URL where the provider takes only URLs',
		['--provider', 'aiGenerate', '--operation', 'edit'],
		'AI Generate takes input images as URLs only: name one with --image-url',
	],
	[
		'--cancel where the provider cannot cancel',
		['--provider', 'together', '--cancel'],
		'Together AI cannot cancel jobs, so --cancel has nothing to check',
	],
	[
		'an output file that cannot be written',
		['--provider', 'fal', '--out', '/nowhere/image.png'],
		'--out must be a file in a folder that can be written to, but is /nowhere/image.png',
	],
])('refuses %s and names the correction', async (_, args, message) => {
	const env = {
		AIGENERATE_API_KEY: 'a-key-of-mine',
		FAL_KEY: 'a-key-of-mine',
		RUNPOD_API_KEY: 'a-key-of-mine',
		TOGETHER_API_KEY: 'a-key-of-mine',
	};
	const { status, lines } = await runDoctor(args, { key: 'a-key-of-mine', env });
	expect({ status, lines }).toEqual({
		status: 2,
		lines: [`${message}\nnpm run doctor -- --help explains all options.`],
	});
});

it('names every provider and its key in the help', async () => {
	const { status, lines } = await runDoctor(['--help']);
	expect(status).toBe(0);
	const rows = lines
		.join('\n')
		.split('\n')
		.map((line) => line.trim().split(/ {2,}/));
	expect(rows).toEqual(
		expect.arrayContaining([
			...ids.map((id) => [id, expect.stringMatching(/^[A-Z]+(_API)?_(KEY|TOKEN)$/) as unknown]),
			['fal', 'FAL_KEY'],
			['blackForestLabs', 'BFL_API_KEY'],
			['theRouter', 'THEROUTER_API_KEY'],
		]),
	);
});
