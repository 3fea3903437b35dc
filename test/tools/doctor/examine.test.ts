import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import sharp from 'sharp';

import { useContractFixture } from '../../contract/contractFixture';
import type { ProviderId } from '../../../tools/emulator';
import { examine } from './doctor';

const rig = useContractFixture();

const yes = 'confirmed';
const no = 'not confirmed';
const none = 'not applicable';
const billed = () => ({ submits: rig.requests('submit').length, jobs: rig.emulator.jobs.length });

type Case = [what: string, ProviderId, args: string[], status: number, verdicts: Record<string, string>];

it.each<Case>([
	[
		'a job that is polled',
		'blackForestLabs',
		['--operation', 'edit'],
		0,
		{
			Credential: yes,
			'Wrong key': yes,
			Price: none,
			Submit: yes,
			Status: yes,
			Result: yes,
			Link: yes,
			Lifetime: yes,
			Image: yes,
			Size: yes,
			Seed: yes,
			Cost: yes,
		},
	],
	[
		'a queue whose result is asked for apart',
		'fal',
		[],
		0,
		{
			Credential: yes,
			'Wrong key': yes,
			Price: none,
			Submit: yes,
			Status: yes,
			Result: yes,
			Link: yes,
			Lifetime: yes,
			Image: yes,
			Size: yes,
			Seed: yes,
			Cost: none,
		},
	],
	[
		'an answer that is the image',
		'together',
		[],
		0,
		{
			Credential: yes,
			'Wrong key': yes,
			Price: none,
			Submit: yes,
			Status: none,
			Result: yes,
			Link: none,
			Lifetime: none,
			Image: yes,
			Size: yes,
			Seed: none,
			Cost: none,
		},
	],
	[
		'a price that can be asked for',
		'lumenfall',
		[],
		0,
		{
			Credential: yes,
			'Wrong key': yes,
			Price: yes,
			Submit: yes,
			Status: none,
			Result: yes,
			Link: yes,
			Lifetime: yes,
			Image: yes,
			Size: yes,
			Seed: none,
			Cost: yes,
		},
	],
	// The emulator charges for each megapixel, as an example of the provider's shows it.
	[
		'a provider that only edits, and a charge that is not the price',
		'runpod',
		[],
		1,
		{
			Credential: yes,
			'Wrong key': yes,
			Price: none,
			Submit: yes,
			Status: yes,
			Result: yes,
			Link: yes,
			Lifetime: yes,
			Image: yes,
			Size: yes,
			Seed: none,
			Cost: no,
		},
	],
])('goes through %s, and pays for one job', async (_, id, args, status, verdicts) => {
	const examined = await examine(rig, id, ['--yes', ...args]);
	expect(examined).toMatchObject({ status, verdicts });
	expect(billed()).toEqual({ submits: 1, jobs: 1 });
});

it('says what it saw at each step', async () => {
	const { seen } = await examine(rig, 'fal');
	const [{ id } = { id: '' }] = rig.emulator.jobs;
	expect(seen('Credential')).toMatch(/^GET http:.+\/v1\/models\/pricing: answered 200$/);
	expect(seen('Wrong key')).toMatch(/^sent with a made-up key: fal answered 401: /);
	expect(seen('Price')).toMatch(/^0\.04 USD in the catalogue, read on 2026-11-20 at https:/);
	expect(seen('Submit')).toMatch(
		new RegExp(
			`^POST http:.+/text-to-image answered 200: job ${id} \\(a UUID\\), "IN_QUEUE", with endpoint, statusUrl at 127\\.0\\.0\\.1:.+, without runMs$`,
		),
	);
	expect(seen('Status')).toMatch(
		/^\d+ looks?, (IN_(QUEUE|PROGRESS) after \d+\.\d s, )*COMPLETED after \d+\.\d s/,
	);
	expect(seen('Result')).toBe('told with the result: a link, and seed, revisedPrompt, runMs');
	expect(seen('Link')).toBe(
		`the image came from ${new URL(rig.emulator.filesOrigin).host}, another host than the API, without the key`,
	);
	expect(seen('Lifetime')).toBe('the link works for 7 days by its X-Amz-Expires; the node says 7 days');
	expect(seen('Image')).toMatch(/^image\/png, \d+ bytes; asked for png, and whole$/);
	expect(seen('Size')).toBe('1248x832; 3:2 was asked for');
	expect(seen('Seed')).toBe('42 was sent and told');
	expect(seen('Cost')).toBe('the answer names none; 0.04 USD was expected');
});

it('lists what nobody has verified, with the steps that bear on it, and where to report', async () => {
	const { said } = await examine(rig, 'fal');
	const note =
		'- that GET https://api.fal.ai/v1/models/pricing, the test of the credential, refuses a bad key';
	expect(said.slice(said.indexOf(note), said.indexOf(note) + 2)).toEqual([
		note,
		'    see Credential (confirmed), Wrong key (confirmed)',
	]);
	expect(said.at(-1)).toMatch(/^Please report what was seen, whether confirmed or not: https:/);
});

it('shows no signature of a link', async () => {
	const { said } = await examine(rig, 'blackForestLabs');
	expect(said.join('\n')).not.toMatch(/sig=|X-Amz-Signature/);
});

it('keeps the image where --out says', async () => {
	const folder = await mkdtemp(join(tmpdir(), 'doctor-'));
	const out = join(folder, 'image.png');
	try {
		const { said } = await examine(rig, 'together', ['--yes', '--out', out]);
		expect(said).toContain(`The image is in ${out}`);
		expect(await sharp(await readFile(out)).metadata()).toMatchObject({
			format: 'png',
			width: 1248,
			height: 832,
		});
	} finally {
		await rm(folder, { recursive: true });
	}
});

it('edits the image behind --image-url where a provider takes nothing else', async () => {
	const { status } = await examine(rig, 'aiGenerate', [
		'--yes',
		'--operation',
		'edit',
		'--image-url',
		rig.emulator.sampleImage.url,
	]);
	expect(status).toBe(0);
	expect(rig.emulator.jobs).toMatchObject([{ operation: 'edit' }]);
});

it('sends the prompt and the model that were given', async () => {
	await examine(rig, 'blackForestLabs', ['--yes', '--prompt', 'A red fox', '--model', 'flux-kontext-max']);
	expect(rig.emulator.jobs).toMatchObject([{ prompt: 'A red fox', model: 'flux-kontext-max' }]);
});

describe('what goes otherwise than the notes have it', () => {
	it('is a status word that nobody knows', async () => {
		rig.emulator.inject({ stage: 'status', kind: 'unknownStatus' });
		const { status, verdicts, seen } = await examine(rig, 'blackForestLabs');
		expect({ status, verdict: verdicts['Status'] }).toEqual({ status: 1, verdict: no });
		expect(seen('Status')).toMatch(/; unknown words: Dreaming$/);
	});

	it('is a job that fails; what can be done, and its record, are said', async () => {
		rig.emulator.inject({ stage: 'job', kind: 'moderate' });
		const { status, verdicts, seen, said } = await examine(rig, 'blackForestLabs');
		expect({ status, verdict: verdicts['Status'], image: verdicts['Image'] }).toEqual({
			status: 1,
			verdict: no,
			image: undefined,
		});
		expect(seen('Status')).toMatch(/Moderated after .+; Black Forest Labs refused /);
		const record = said.find((line) => line.startsWith('{')) ?? '{}';
		expect(JSON.parse(record)).toMatchObject({
			provider: 'blackForestLabs',
			id: rig.emulator.jobs[0]?.id,
			status: 'failed',
		});
	});

	it('is an image that cannot be fetched', async () => {
		rig.emulator.inject({ stage: 'download', kind: 'status', status: 401, times: Infinity });
		const { status, verdicts, seen } = await examine(rig, 'lumenfall');
		expect({ status, verdict: verdicts['Image'], link: verdicts['Link'] }).toEqual({
			status: 1,
			verdict: no,
			link: undefined,
		});
		expect(seen('Image')).toMatch(/could not be fetched: the download answered 401$/);
	});
});

it('tells of trouble on the way and of a wait that was asked for', async () => {
	rig.emulator.inject({ stage: 'status', kind: 'status', status: 503, headers: { 'retry-after': '1' } });
	const { verdicts, seen } = await examine(rig, 'blackForestLabs');
	expect(verdicts['Status']).toBe(yes);
	expect(seen('Status')).toMatch(/; also status 503, Retry-After 1$/);
});

it('hides a key that the provider sends back', async () => {
	const { apiKey } = rig.emulator.providers.replicate;
	rig.emulator.inject({
		stage: 'submit',
		kind: 'status',
		status: 422,
		body: { detail: `Not with ${apiKey}` },
	});
	const { status, seen } = await examine(rig, 'replicate');
	expect({ status, seen: seen('Submit') }).toEqual({
		status: 1,
		seen: 'Replicate answered 422: Not with [hidden]',
	});
});
