import type { ImagePosition } from '../../../../nodes/FluxKontext/core/job/deliver';
import type { JobRecord } from '../../../../nodes/FluxKontext/core/job/record';
import { blackForestLabs } from '../../../../nodes/FluxKontext/providers/blackForestLabs';
import { theRouter } from '../../../../nodes/FluxKontext/providers/theRouter';
import { png } from '../../../../tools/support/images';
import { preparedRequest } from '../../../support/requests';
import { bytes, json, text, type Answer } from '../../../support/scriptedServer';
import { accepted, completed, pending, provider, request, state, statusPath, submitPath } from './jobs';
import { keep, runToEnd, START, useEngineFixture } from '../engineFixture';

const fixture = useEngineFixture();
const started = new Date(START).toISOString();
const handle = { id: 'job-1', endpoint: request.model };
const info = { mimeType: 'image/png', extension: 'png', width: 8, height: 6 };
let image: Uint8Array;
beforeAll(async () => {
	image = await png(info);
});
const answering = (...looks: Answer[]) => {
	fixture.server.on('POST', submitPath, accepted);
	fixture.server.on('GET', statusPath, ...looks);
};

it('of a job that went well is the job, the stored image, what the provider said and how long it took', async () => {
	const link = `${fixture.files.origin}/a.png?sig=1`;
	answering(pending, completed(link));
	fixture.files.on('GET', /a\.png/, bytes(image));
	expect(await runToEnd(fixture.run(provider), request)).toEqual({
		job: {
			provider: 'runpod',
			model: request.model,
			id: 'job-1',
			status: 'succeeded',
			providerStatus: 'COMPLETED',
			submittedAt: started,
			handle,
		},
		result: {
			ok: true,
			value: {
				images: [
					{
						index: 0,
						info,
						bytes: image.length,
						value: Buffer.from(image),
						url: link,
						urlExpiresAt: '2026-11-27T12:00:04.000Z',
					},
				],
				meta: { cost: 0.031457, queueMs: 18, runMs: 4_521 },
			},
		},
		polls: 2,
		totalMs: 4_000,
	});
});

it('tells of the job as soon as it is accepted, as plain JSON that another execution could go on with', async () => {
	const told: Array<{ job: JobRecord; looks: number }> = [];
	answering(state('FAILED', { error: 'no' }));
	await runToEnd(fixture.run(provider), request, {
		onAccepted: (job) => void told.push({ job, looks: fixture.server.seen('GET').length }),
	});
	expect(told).toEqual([
		{
			job: {
				provider: 'runpod',
				model: request.model,
				id: 'job-1',
				status: 'pending',
				providerStatus: 'IN_QUEUE',
				submittedAt: started,
				handle,
			},
			looks: 0,
		},
	]);
	expect(JSON.parse(JSON.stringify(told[0]?.job))).toEqual(told[0]?.job);
});

it.each<[string, Answer, string, string, string]>([
	[
		'failed',
		state('FAILED', { error: 'Invalid image URL' }),
		'failed',
		'FAILED',
		'Runpod ended the job as FAILED: Invalid image URL',
	],
	[
		'was refused by a filter',
		state('FAILED', { error: 'The image was flagged by the safety checker' }),
		'moderated',
		'FAILED',
		'Runpod ended the job as FAILED: The image was flagged by the safety checker',
	],
	[
		'was cancelled at the provider',
		state('CANCELLED'),
		'cancelled',
		'CANCELLED',
		'Runpod ended the job as CANCELLED',
	],
	[
		'took too long for the provider',
		state('TIMED_OUT'),
		'failed',
		'TIMED_OUT',
		'Runpod ended the job as TIMED_OUT',
	],
	[
		'failed with 400',
		json(400, { id: 'job-1', status: 'FAILED', error: 'bad' }),
		'failed',
		'FAILED',
		'Runpod ended the job as FAILED: bad',
	],
])('of a job that %s has the job and the reason', async (_, look, code, providerStatus, message) => {
	answering(look);
	expect(await runToEnd(fixture.run(provider), request)).toMatchObject({
		job: { id: 'job-1', status: 'failed', providerStatus, handle },
		result: { ok: false, fault: { code, message, providerStatus } },
		polls: 1,
	});
	expect(fixture.server.seen('POST', /cancel/)).toEqual([]);
});

it('of a moderated job at Black Forest Labs has the reasons, even where they come with 422', async () => {
	fixture.server.on('POST', /flux-kontext-pro$/, json(200, { id: 'job-1' }));
	fixture.server.on(
		'GET',
		/get_result/,
		json(422, {
			id: 'job-1',
			status: 'Request Moderated',
			details: { 'Moderation Reasons': ['Sexual Content'] },
		}),
	);
	expect(
		await runToEnd(fixture.run(blackForestLabs), preparedRequest({ model: 'flux-kontext-pro' })),
	).toMatchObject({
		job: { status: 'failed', providerStatus: 'Request Moderated' },
		result: {
			fault: {
				code: 'moderated',
				message: 'Black Forest Labs refused the prompt or an input image: Sexual Content',
			},
		},
	});
});

it('of a job that was refused has no job', async () => {
	fixture.server.on('POST', submitPath, json(402, { error: 'no balance' }));
	expect(await runToEnd(fixture.run(provider), request)).toMatchObject({
		job: null,
		result: { fault: { code: 'payment', httpStatus: 402 } },
		polls: 0,
	});
});

it.each<[string, Answer, string]>([
	['has expired', text(403, '<Error/>'), 'expired'],
	['is no image', text(200, 'hm'), 'badResponse'],
])(
	'of a job whose image %s keeps the finished job, so that it can be asked for again',
	async (_, answer, code) => {
		answering(completed(`${fixture.files.origin}/a.png`));
		fixture.files.on('GET', /a\.png/, answer);
		expect(await runToEnd(fixture.run(provider), request)).toMatchObject({
			job: { status: 'succeeded', handle },
			result: { ok: false, fault: { code } },
		});
	},
);

describe('of a job with several images', () => {
	const submit = preparedRequest({ model: 'black-forest-labs/flux-kontext-dev' });
	const finished = (more: object) => {
		fixture.server.on('POST', /generations/, json(202, { id: 'img_1', status: 'queued' }));
		fixture.server.on('GET', /jobs\/img_1/, json(200, { id: 'img_1', status: 'succeeded', ...more }));
	};

	it('has all of them in their order, each stored with its place among them', async () => {
		finished({ unsigned_urls: [`${fixture.files.origin}/0.png`, `${fixture.files.origin}/1.png`] });
		fixture.files.on('GET', /0\.png/, text(503, ''), bytes(image));
		fixture.files.on('GET', /1\.png/, bytes(await png({ width: 3, height: 3 })));
		const stored: Array<[ImagePosition, string]> = [];
		const outcome = await runToEnd(fixture.run(theRouter), submit, {
			store: async (open, job, place) => {
				stored.push([place, job.status]);
				return await keep(open);
			},
		});
		expect(outcome.result).toMatchObject({
			ok: true,
			value: {
				images: [
					{ index: 0, info: { width: 8 } },
					{ index: 1, info: { width: 3 } },
				],
				meta: {},
			},
		});
		expect(stored).toEqual([
			[{ index: 0, count: 2 }, 'succeeded'],
			[{ index: 1, count: 2 }, 'succeeded'],
		]);
	});

	it('may have them as base64, without a link', async () => {
		finished({ result: { data: [{ b64_json: Buffer.from(image).toString('base64') }] } });
		expect((await runToEnd(fixture.run(theRouter), submit)).result).toEqual({
			ok: true,
			value: {
				images: [
					{
						index: 0,
						info,
						bytes: image.length,
						value: Buffer.from(image),
						url: null,
						urlExpiresAt: null,
					},
				],
				meta: {},
			},
		});
	});

	it.each([
		[
			'that is no image',
			'AQID',
			async () => await Promise.resolve(Buffer.alloc(0)),
			{ code: 'badResponse', message: 'What TheRouter delivered is not an image' },
		],
		[
			'that cannot be stored',
			'',
			async () => await Promise.reject(new Error('disk full')),
			{ code: 'failed', message: 'The image of TheRouter could not be stored: disk full' },
		],
	])('says so of base64 %s', async (_, data, store, fault) => {
		finished({
			result: { data: [{ b64_json: data === '' ? Buffer.from(image).toString('base64') : data }] },
		});
		expect((await runToEnd(fixture.run(theRouter), submit, { store })).result).toMatchObject({
			ok: false,
			fault,
		});
	});
});

it('of a job that the provider finished at once needs no look', async () => {
	const link = `${fixture.files.origin}/a.png`;
	fixture.server.on('POST', submitPath, completed(link));
	fixture.files.on('GET', /a\.png/, bytes(image));
	expect(await runToEnd(fixture.run(provider), request)).toMatchObject({
		job: { status: 'succeeded' },
		result: { ok: true },
		polls: 0,
		totalMs: 0,
	});
});

it('of a job without any image says so', async () => {
	const imageless = {
		...provider,
		parseStatus: () => ({
			ok: true as const,
			value: { state: 'succeeded' as const, handle, providerStatus: 'COMPLETED', images: [], meta: {} },
		}),
	};
	answering(pending);
	expect((await runToEnd(fixture.run(imageless), request)).result).toMatchObject({
		ok: false,
		fault: { code: 'badResponse', message: 'Runpod finished the job without an image' },
	});
});

it('an answer without end is let go of', async () => {
	answering(
		(_, response) => {
			response.writeHead(200, { 'content-type': 'application/json' });
			const more = () => {
				if (!response.destroyed) response.write(Buffer.alloc(1024 * 1024, 32), more);
			};
			more();
		},
		state('FAILED', { error: 'no' }),
	);
	expect(await runToEnd(fixture.run(provider), request)).toMatchObject({
		polls: 2,
		result: { fault: { code: 'failed' } },
	});
});
