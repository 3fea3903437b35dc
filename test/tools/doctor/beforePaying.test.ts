import { providers } from '../../../index';
import { useContractFixture } from '../../contract/contractFixture';
import type { ProviderId } from '../../../tools/emulator';
import { doctor, examine } from './doctor';

const rig = useContractFixture();

const submitted = () => rig.requests('submit').length;

const ids = providers.map(({ id }) => id as ProviderId);

it.each(ids)('tells a bad key of %s from a good one', async (id) => {
	const good = await examine(rig, id, []);
	expect(good.verdicts).toMatchObject({ Credential: 'confirmed', 'Wrong key': 'confirmed' });
	const bad = await examine(rig, id, ['--yes'], { key: 'not-the-right-key' });
	expect(bad).toMatchObject({ status: 1, verdicts: { Credential: 'not confirmed' } });
	expect(bad.seen('Credential')).toMatch(/^the key was refused; GET http:/);
	expect(submitted()).toBe(0);
});

it('tells a host that cannot be reached from a bad key', async () => {
	const { status, seen } = await doctor(
		['--provider', 'fal', '--base-url', 'http://127.0.0.1:1', '--yes'],
		{ key: 'some-fal-key', env: { FAL_KEY: 'some-fal-key' } },
	);
	expect({ status, seen: seen('Credential') }).toEqual({
		status: 1,
		seen: 'GET http://127.0.0.1:1/v1/models/pricing: there was no answer (ECONNREFUSED)',
	});
});

it('tells a service in trouble from a bad key', async () => {
	rig.emulator.inject({ stage: 'credentialTest', kind: 'status', status: 503 });
	const { status, seen } = await examine(rig, 'replicate');
	expect({ status, seen: seen('Credential') }).toMatchObject({
		status: 1,
		seen: expect.stringMatching(/: Replicate answered 503/) as unknown,
	});
	expect(submitted()).toBe(0);
});

it('does not follow a redirect with the key', async () => {
	rig.emulator.inject({
		stage: 'credentialTest',
		kind: 'redirect',
		location: `${rig.emulator.filesOrigin}/elsewhere`,
	});
	const { status, seen } = await examine(rig, 'together');
	expect({ status, seen: seen('Credential') }).toMatchObject({
		status: 1,
		seen: expect.stringMatching(
			/: answered 302 and leads to http.+\/elsewhere, where the key does not go$/,
		) as unknown,
	});
	expect(rig.emulator.requests.filter(({ provider }) => provider === 'files')).toEqual([]);
});

it('asks for no key where the server has none, and then has no wrong one to try', async () => {
	const { status, verdicts } = await examine(rig, 'sdServer', ['--yes'], { key: '' });
	expect({ status, verdict: verdicts['Wrong key'] }).toEqual({ status: 0, verdict: 'not applicable' });
});

it('does not pay where nobody is there to be asked', async () => {
	const { status, said, verdicts } = await examine(rig, 'fal', []);
	expect({ status, submit: verdicts['Submit'] }).toEqual({ status: 1, submit: undefined });
	expect(said.at(-1)).toBe(
		'The job costs about 0.04 USD. Nothing was submitted: nobody is there to be asked. With --yes it is paid without a question.',
	);
	expect(submitted()).toBe(0);
});

it.each([
	['pays after a yes', true, { status: 0, last: /^Please report/, submits: 1 }],
	['does not pay after a no', false, { status: 1, last: /^Nothing was submitted\.$/, submits: 0 }],
])('%s', async (_, answer, { status, last, submits }) => {
	const examined = await examine(rig, 'fal', [], { answer });
	expect(examined).toMatchObject({
		status,
		asked: ['The job costs about 0.04 USD. Pay it at fal? [y/N] '],
	});
	expect(examined.said.at(-1)).toMatch(last);
	expect(submitted()).toBe(submits);
});

it('says that a price is not known before it asks', async () => {
	const { asked } = await examine(rig, 'vtrix', [], { answer: false });
	expect(asked).toEqual(['What the job costs is not known. Pay it at Vtrix? [y/N] ']);
});

const known = providers.map(({ id }) => id).join(', ');

it.each<[what: string, args: string[], complaint: string]>([
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
		'a model that cannot be one',
		['--provider', 'fal', '--model', '../up'],
		'\'Model\' must be kontext/pro, kontext/max, kontext/dev or an endpoint of fal such as fal-ai/flux-2-pro, but is "../up"',
	],
	[
		'an empty prompt',
		['--provider', 'fal', '--prompt', ' '],
		"'Prompt' is empty; say what the image should show",
	],
	[
		'no address',
		['--provider', 'openAiCompatible'],
		'OpenAI-Compatible Server has no address of its own: name it with --base-url',
	],
	[
		'an address that is none',
		['--provider', 'fal', '--base-url', 'queue.fal.run'],
		'--base-url must start with https:// or http://, but is queue.fal.run',
	],
	[
		'an input image that is no address',
		['--provider', 'fal', '--operation', 'edit', '--image-url', 'a.png'],
		'--image-url must start with https:// or http://, but is a.png',
	],
	[
		'an input image to generate',
		['--provider', 'fal', '--image-url', 'https://example.org/a.png'],
		'--image-url is for an edit: add --operation edit',
	],
	[
		'an address where only files are taken',
		['--provider', 'sdServer', '--operation', 'edit', '--image-url', 'https://example.org/a.png'],
		'Stable-Diffusion.cpp Server fetches no URLs: leave --image-url away',
	],
	[
		'no address where only those are taken',
		['--provider', 'aiGenerate', '--operation', 'edit'],
		'AI Generate takes input images as URLs only: name one with --image-url',
	],
	[
		'a cancellation that the provider does not have',
		['--provider', 'together', '--cancel'],
		'Together AI has no way to cancel a job, so --cancel has nothing to examine',
	],
	[
		'a place for the image that is none',
		['--provider', 'fal', '--out', '/nowhere/image.png'],
		'--out must be a file in a folder that can be written to, but is /nowhere/image.png',
	],
])('refuses %s, and says what would be right', async (_, args, complaint) => {
	const env = {
		AIGENERATE_API_KEY: 'a-key-of-mine',
		FAL_KEY: 'a-key-of-mine',
		RUNPOD_API_KEY: 'a-key-of-mine',
		TOGETHER_API_KEY: 'a-key-of-mine',
	};
	const { status, said } = await doctor(args, { key: 'a-key-of-mine', env });
	expect({ status, said }).toEqual({
		status: 2,
		said: [`${complaint}\nnpm run doctor -- --help tells more.`],
	});
});

it('names every provider and its key in the help', async () => {
	const { status, said } = await doctor(['--help']);
	expect(status).toBe(0);
	const rows = said
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
