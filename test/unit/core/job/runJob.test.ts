import type { JobRecord } from '../../../../nodes/FluxKontext/core/job/record';
import { blackForestLabs } from '../../../../nodes/FluxKontext/providers/blackForestLabs';
import { png } from '../../../../tools/support/images';
import { preparedRequest } from '../../../support/requests';
import { bytes, json, text, type Answer } from '../../../support/scriptedServer';
import { runToEnd, START, useEngineFixture } from '../engineFixture';
import { accepted, completed, pending, provider, request, state, statusPath, submitPath } from './jobs';

const fixture = useEngineFixture();
const submittedAt = new Date(START).toISOString();
const handle = { id: 'job-1', endpoint: request.model };
const info = { mimeType: 'image/png', extension: 'png', width: 8, height: 6 };
let image: Uint8Array;
beforeAll(async () => {
	image = await png(info);
});
const scriptJob = (...statusAnswers: Answer[]) => {
	fixture.server.on('POST', submitPath, accepted);
	fixture.server.on('GET', statusPath, ...statusAnswers);
};

it('returns the job, the stored image, the facts from the provider and the duration', async () => {
	const link = `${fixture.files.origin}/a.png?sig=1`;
	scriptJob(pending, completed(link));
	fixture.files.on('GET', /a\.png/, bytes(image));
	expect(await runToEnd(fixture.contextFor(provider), request)).toEqual({
		job: {
			provider: 'runpod',
			model: request.model,
			id: 'job-1',
			status: 'succeeded',
			providerStatus: 'COMPLETED',
			submittedAt,
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
				missing: [],
				meta: { cost: 0.031457, queueMs: 18, runMs: 4_521 },
			},
		},
		polls: 2,
		totalMs: 4_000,
	});
});

it('reports the job as soon as it is accepted, as JSON that another execution can resume', async () => {
	const reports: Array<{ job: JobRecord; polls: number }> = [];
	scriptJob(state('FAILED', { error: 'no' }));
	await runToEnd(fixture.contextFor(provider), request, {
		onAccepted: (job) => void reports.push({ job, polls: fixture.server.requestsTo('GET').length }),
	});
	expect(reports).toEqual([
		{
			job: {
				provider: 'runpod',
				model: request.model,
				id: 'job-1',
				status: 'pending',
				providerStatus: 'IN_QUEUE',
				submittedAt,
				handle,
			},
			polls: 0,
		},
	]);
	expect(JSON.parse(JSON.stringify(reports[0]?.job))).toEqual(reports[0]?.job);
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
		'was refused by a content filter',
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
		'timed out at the provider',
		state('TIMED_OUT'),
		'failed',
		'TIMED_OUT',
		'Runpod ended the job as TIMED_OUT',
	],
	[
		'failed with status 400',
		json(400, { id: 'job-1', status: 'FAILED', error: 'bad' }),
		'failed',
		'FAILED',
		'Runpod ended the job as FAILED: bad',
	],
])('returns the job and the reason where the job %s', async (_, answer, code, providerStatus, message) => {
	scriptJob(answer);
	expect(await runToEnd(fixture.contextFor(provider), request)).toMatchObject({
		job: { id: 'job-1', status: 'failed', providerStatus, handle },
		result: { ok: false, fault: { code, message, providerStatus } },
		polls: 1,
	});
	expect(fixture.server.requestsTo('POST', /cancel/)).toEqual([]);
});

it('returns the moderation reasons of Black Forest Labs, even with status 422', async () => {
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
		await runToEnd(fixture.contextFor(blackForestLabs), preparedRequest({ model: 'flux-kontext-pro' })),
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

it('returns no job where the submit was refused', async () => {
	fixture.server.on('POST', submitPath, json(402, { error: 'no balance' }));
	expect(await runToEnd(fixture.contextFor(provider), request)).toMatchObject({
		job: null,
		result: { fault: { code: 'payment', httpStatus: 402 } },
		polls: 0,
	});
});

it.each<[string, Answer, string]>([
	['has expired', text(403, '<Error/>'), 'expired'],
	['is not an image', text(200, 'hm'), 'badResponse'],
])('keeps the finished job where its image %s, so that it can be resumed', async (_, answer, code) => {
	scriptJob(completed(`${fixture.files.origin}/a.png`));
	fixture.files.on('GET', /a\.png/, answer);
	expect(await runToEnd(fixture.contextFor(provider), request)).toMatchObject({
		job: { status: 'succeeded', handle },
		result: { ok: false, fault: { code } },
	});
});

it('sends no status request for a job that the provider finished at once', async () => {
	const link = `${fixture.files.origin}/a.png`;
	fixture.server.on('POST', submitPath, completed(link));
	fixture.files.on('GET', /a\.png/, bytes(image));
	expect(await runToEnd(fixture.contextFor(provider), request)).toMatchObject({
		job: { status: 'succeeded' },
		result: { ok: true },
		polls: 0,
		totalMs: 0,
	});
});

it('reports a finished job without an image', async () => {
	const withoutImages = {
		...provider,
		status: {
			...provider.status,
			parse: () => ({
				ok: true as const,
				value: {
					state: 'succeeded' as const,
					handle,
					providerStatus: 'COMPLETED',
					images: [],
					missing: [],
					meta: {},
				},
			}),
		},
	};
	scriptJob(pending);
	expect((await runToEnd(fixture.contextFor(withoutImages), request)).result).toMatchObject({
		ok: false,
		fault: { code: 'badResponse', message: 'Runpod finished the job without an image' },
	});
});

it('abandons a response without end', async () => {
	scriptJob(
		(_, response) => {
			response.writeHead(200, { 'content-type': 'application/json' });
			const more = () => {
				if (!response.destroyed) response.write(Buffer.alloc(1024 * 1024, 32), more);
			};
			more();
		},
		state('FAILED', { error: 'no' }),
	);
	expect(await runToEnd(fixture.contextFor(provider), request)).toMatchObject({
		polls: 2,
		result: { fault: { code: 'failed' } },
	});
});
