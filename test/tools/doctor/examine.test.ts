import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import sharp from 'sharp';

import { useContractFixture } from '../../contract/contractFixture';
import type { ProviderId } from '../../../tools/emulator';
import { examine } from './doctorFixture';

const fixture = useContractFixture();

const CONFIRMED = 'confirmed';
const NOT_CONFIRMED = 'not confirmed';
const NOT_APPLICABLE = 'not applicable';
const billed = () => ({ submits: fixture.requests('submit').length, jobs: fixture.emulator.jobs.length });

type Case = [
	description: string,
	ProviderId,
	args: string[],
	status: number,
	verdicts: Record<string, string>,
];

it.each<Case>([
	[
		'a job that is polled',
		'blackForestLabs',
		['--operation', 'edit'],
		0,
		{
			Credential: CONFIRMED,
			'Wrong key': CONFIRMED,
			Price: NOT_APPLICABLE,
			Submit: CONFIRMED,
			Status: CONFIRMED,
			Result: CONFIRMED,
			Link: CONFIRMED,
			Lifetime: CONFIRMED,
			Image: CONFIRMED,
			Size: CONFIRMED,
			Seed: CONFIRMED,
			Cost: CONFIRMED,
		},
	],
	[
		'a queue with a separate request for the result',
		'fal',
		[],
		0,
		{
			Credential: CONFIRMED,
			'Wrong key': CONFIRMED,
			Price: NOT_APPLICABLE,
			Submit: CONFIRMED,
			Status: CONFIRMED,
			Result: CONFIRMED,
			Link: CONFIRMED,
			Lifetime: CONFIRMED,
			Image: CONFIRMED,
			Size: CONFIRMED,
			Seed: CONFIRMED,
			Cost: NOT_APPLICABLE,
		},
	],
	[
		'a provider that answers with the image',
		'together',
		[],
		0,
		{
			Credential: CONFIRMED,
			'Wrong key': CONFIRMED,
			Price: NOT_APPLICABLE,
			Submit: CONFIRMED,
			Status: NOT_APPLICABLE,
			Result: CONFIRMED,
			Link: NOT_APPLICABLE,
			Lifetime: NOT_APPLICABLE,
			Image: CONFIRMED,
			Size: CONFIRMED,
			Seed: NOT_APPLICABLE,
			Cost: NOT_APPLICABLE,
		},
	],
	[
		'a provider that is asked for prices at its own origin only',
		'lumenfall',
		[],
		0,
		{
			Credential: CONFIRMED,
			'Wrong key': CONFIRMED,
			Price: NOT_APPLICABLE,
			Submit: CONFIRMED,
			Status: NOT_APPLICABLE,
			Result: CONFIRMED,
			Link: CONFIRMED,
			Lifetime: CONFIRMED,
			Image: CONFIRMED,
			Size: CONFIRMED,
			Seed: NOT_APPLICABLE,
			Cost: CONFIRMED,
		},
	],
	// The emulator charges per megapixel, as an example in the provider's documentation does.
	[
		'a provider that only edits and charges another price',
		'runpod',
		[],
		1,
		{
			Credential: CONFIRMED,
			'Wrong key': CONFIRMED,
			Price: NOT_APPLICABLE,
			Submit: CONFIRMED,
			Status: CONFIRMED,
			Result: CONFIRMED,
			Link: CONFIRMED,
			Lifetime: CONFIRMED,
			Image: CONFIRMED,
			Size: CONFIRMED,
			Seed: NOT_APPLICABLE,
			Cost: NOT_CONFIRMED,
		},
	],
])('goes through %s and pays for one job', async (_, id, args, status, verdicts) => {
	const run = await examine(fixture, id, ['--yes', ...args]);
	expect(run).toMatchObject({ status, verdicts });
	expect(billed()).toEqual({ submits: 1, jobs: 1 });
});

it('reports what it observed at each step', async () => {
	const { detail } = await examine(fixture, 'fal');
	const [{ id } = { id: '' }] = fixture.emulator.jobs;
	expect(detail('Credential')).toMatch(/^GET http:.+\/v1\/models\/pricing: answered 200$/);
	expect(detail('Wrong key')).toMatch(/^sent with a made-up key: fal answered 401: /);
	expect(detail('Price')).toMatch(/^0\.04 USD in the catalogue, read on 2026-11-20 at https:/);
	expect(detail('Submit')).toMatch(
		new RegExp(
			`^POST http:.+/text-to-image answered 200: job ${id} \\(a UUID\\), "IN_QUEUE", ` +
				'with endpoint, statusUrl at 127\\.0\\.0\\.1:.+, without runMs$',
		),
	);
	expect(detail('Status')).toMatch(
		/^\d+ status requests?, (IN_(QUEUE|PROGRESS) after \d+\.\d s, )*COMPLETED after \d+\.\d s/,
	);
	expect(detail('Result')).toBe('reported with the result: a link, and seed, revisedPrompt, runMs');
	const { host } = new URL(fixture.emulator.filesOrigin);
	expect(detail('Link')).toBe(`the image came from ${host}, another host than the API, without the key`);
	expect(detail('Lifetime')).toBe('the link works for 7 days by its X-Amz-Expires; the node says 7 days');
	expect(detail('Image')).toMatch(/^image\/png, \d+ bytes; asked for png, and whole$/);
	expect(detail('Size')).toBe('1248x832; 3:2 was asked for');
	expect(detail('Seed')).toBe('42 was sent and reported');
	expect(detail('Cost')).toBe('the response names none; 0.04 USD was expected');
});

it('lists what is unverified with the relevant steps, and says where to report the findings', async () => {
	const { lines } = await examine(fixture, 'fal');
	const note =
		'- that GET https://api.fal.ai/v1/models/pricing, the test of the credential, rejects an invalid key';
	expect(lines.slice(lines.indexOf(note), lines.indexOf(note) + 2)).toEqual([
		note,
		'    see Credential (confirmed), Wrong key (confirmed)',
	]);
	expect(lines.at(-1)).toMatch(/^Please report these findings, confirmed or not: https:/);
});

it('prints no signature of a link', async () => {
	const { lines } = await examine(fixture, 'blackForestLabs');
	expect(lines.join('\n')).not.toMatch(/sig=|X-Amz-Signature/);
});

it('saves the image in the file of --out', async () => {
	const folder = await mkdtemp(join(tmpdir(), 'doctor-'));
	const out = join(folder, 'image.png');
	try {
		const { lines } = await examine(fixture, 'together', ['--yes', '--out', out]);
		expect(lines).toContain(`The image is in ${out}`);
		expect(await sharp(await readFile(out)).metadata()).toMatchObject({
			format: 'png',
			width: 1248,
			height: 832,
		});
	} finally {
		await rm(folder, { recursive: true });
	}
});

it('edits the image at --image-url where the provider takes only URLs', async () => {
	const { status } = await examine(fixture, 'aiGenerate', [
		'--yes',
		'--operation',
		'edit',
		'--image-url',
		fixture.emulator.sampleImage.url,
	]);
	expect(status).toBe(0);
	expect(fixture.emulator.jobs).toMatchObject([{ operation: 'edit' }]);
});

it('sends the prompt and the model of the options', async () => {
	await examine(fixture, 'blackForestLabs', [
		'--yes',
		'--prompt',
		'A red fox',
		'--model',
		'flux-kontext-max',
	]);
	expect(fixture.emulator.jobs).toMatchObject([{ prompt: 'A red fox', model: 'flux-kontext-max' }]);
});

describe('a deviation from the notes is reported', () => {
	it('for an unknown status', async () => {
		fixture.emulator.inject({ stage: 'status', kind: 'unknownStatus' });
		const { status, verdicts, detail } = await examine(fixture, 'blackForestLabs');
		expect({ status, verdict: verdicts['Status'] }).toEqual({ status: 1, verdict: NOT_CONFIRMED });
		expect(detail('Status')).toMatch(/; unknown statuses: Dreaming$/);
	});

	it('for a job that fails, with advice and its record', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'moderate' });
		const { status, verdicts, detail, lines } = await examine(fixture, 'blackForestLabs');
		expect({ status, verdict: verdicts['Status'], image: verdicts['Image'] }).toEqual({
			status: 1,
			verdict: NOT_CONFIRMED,
			image: undefined,
		});
		expect(detail('Status')).toMatch(/Moderated after .+; Black Forest Labs refused /);
		const record = lines.find((line) => line.startsWith('{')) ?? '{}';
		expect(JSON.parse(record)).toMatchObject({
			provider: 'blackForestLabs',
			id: fixture.emulator.jobs[0]?.id,
			status: 'failed',
		});
	});

	it('for an image that cannot be downloaded', async () => {
		fixture.emulator.inject({ stage: 'download', kind: 'status', status: 401, times: Infinity });
		const { status, verdicts, detail } = await examine(fixture, 'lumenfall');
		expect({ status, verdict: verdicts['Image'], link: verdicts['Link'] }).toEqual({
			status: 1,
			verdict: NOT_CONFIRMED,
			link: undefined,
		});
		expect(detail('Image')).toMatch(/could not be fetched from [\d.:]+: the download answered 401$/);
	});
});

it('reports errors on the way and waits that the provider requested', async () => {
	fixture.emulator.inject({
		stage: 'status',
		kind: 'status',
		status: 503,
		headers: { 'retry-after': '1' },
	});
	const { verdicts, detail } = await examine(fixture, 'blackForestLabs');
	expect(verdicts['Status']).toBe(CONFIRMED);
	expect(detail('Status')).toMatch(/; also status 503, Retry-After 1$/);
});

it('hides the key where the provider sends it back', async () => {
	const { apiKey } = fixture.emulator.providers.replicate;
	fixture.emulator.inject({
		stage: 'submit',
		kind: 'status',
		status: 422,
		body: { detail: `Not with ${apiKey}` },
	});
	const { status, detail } = await examine(fixture, 'replicate');
	expect({ status, detail: detail('Submit') }).toEqual({
		status: 1,
		detail: 'Replicate answered 422: Not with [hidden]',
	});
});
