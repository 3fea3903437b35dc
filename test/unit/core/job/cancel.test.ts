import { cancelJob } from '../../../../nodes/FluxKontext/core/job/cancel';
import { MAX_CANCEL_ATTEMPTS } from '../../../../nodes/FluxKontext/core/base/limits';
import { blackForestLabs } from '../../../../nodes/FluxKontext/providers/blackForestLabs';
import { fal } from '../../../../nodes/FluxKontext/providers/fal';
import { replicate } from '../../../../nodes/FluxKontext/providers/replicate';
import { sdServer } from '../../../../nodes/FluxKontext/providers/sdServer';
import { cutOff, hang, json, lost, reset, stalled, text, type Answer } from '../../../support/scriptedServer';
import { cancelled, cancelPath, completed, provider, request, state } from './jobs';
import { START, useEngineFixture } from '../engineFixture';

const fixture = useEngineFixture();
const handle = { id: 'job-1', endpoint: request.model };
const cancel = async () => await cancelJob(fixture.run(provider), handle);
const seconds = () => fixture.server.requests.map(({ at }) => (at - START) / 1000);
const took = { cancelled: true, message: 'Runpod took the cancellation' };

it('is one request with the key', async () => {
	fixture.server.on('POST', cancelPath, cancelled);
	expect(await cancel()).toEqual(took);
	expect(fixture.server.requests).toMatchObject([
		{
			method: 'POST',
			path: `/${request.model}/cancel/job-1`,
			headers: { authorization: 'Bearer sk-the-key' },
		},
	]);
});

it.each<[string, Answer]>([
	['nothing', text(200, '')],
	['a job of an unknown shape', json(200, { id: 'job-1' })],
	['a job that goes on for now', state('IN_PROGRESS')],
	['a word that nobody knows', state('DAYDREAMING')],
])('is taken to be accepted where the answer is %s', async (_, answer) => {
	fixture.server.on('POST', cancelPath, answer);
	expect(await cancel()).toEqual(took);
	expect(seconds()).toEqual([0]);
});

describe.each<[string, Answer, string]>([
	['a reset', reset, 'Runpod gave no answer (ECONNRESET)'],
	['a lost answer', lost, 'Runpod gave no answer (ECONNRESET)'],
	['no answer', hang, 'Runpod gave no answer (no answer within 10 s)'],
	[
		'half an answer',
		cutOff('{"id":"job-1","status":"CANCELLED"}'),
		'Runpod gave no answer (the answer was cut off)',
	],
	[
		'an answer that stands still',
		stalled('{"id":"job-1","status":"CANCELLED"}'),
		'Runpod gave no answer (no whole answer within 10 s)',
	],
	['408', json(408, {}), 'Runpod answered 408'],
	['429', json(429, { error: 'slow down' }), 'Runpod answered 429: slow down'],
	['500', json(500, { error: 'oops' }), 'Runpod answered 500: oops'],
	['503', text(503, '<html></html>'), 'Runpod answered 503'],
])('after %s', (_, answer, message) => {
	it('it is sent again', async () => {
		fixture.server.on('POST', cancelPath, answer, answer, cancelled);
		expect(await cancel()).toEqual(took);
		expect(seconds()).toHaveLength(3);
	});

	it('it is given up after a few times, and says why', async () => {
		fixture.server.on('POST', cancelPath, answer);
		expect(await cancel()).toEqual({ cancelled: false, message });
		expect(seconds()).toHaveLength(MAX_CANCEL_ATTEMPTS);
	});
});

it('waits longer from try to try', async () => {
	fixture.server.on('POST', cancelPath, reset, json(503, {}), cancelled);
	await cancel();
	expect(seconds()).toEqual([0, 0.8, 2.4]);
});

it.each([400, 401, 402, 403, 404, 409, 410, 422])('is not sent again after %i', async (status) => {
	fixture.server.on('POST', cancelPath, json(status, { error: 'so it is' }), cancelled);
	expect(await cancel()).toEqual({ cancelled: false, message: `Runpod answered ${status}: so it is` });
	expect(seconds()).toEqual([0]);
});

it('where no connection is made says so', async () => {
	const run = fixture.run(provider);
	await fixture.server.close();
	expect(await cancelJob(run, handle)).toEqual({
		cancelled: false,
		message: 'Runpod gave no answer (ECONNREFUSED)',
	});
});

it('is made for a run that is stopped and whose deadline is over', async () => {
	fixture.server.on('POST', cancelPath, reset, cancelled);
	fixture.stop.abort();
	expect(await cancelJob(fixture.run(provider, -1_000), handle)).toEqual(took);
	expect(seconds()).toEqual([0, 0.8]);
});

it('follows no redirect, for that would carry the key along', async () => {
	fixture.server.on(
		'POST',
		cancelPath,
		(_, response) => void response.writeHead(307, { location: `${fixture.files.origin}/cancel` }).end(),
	);
	expect(await cancel()).toEqual({ cancelled: false, message: 'Runpod answered 307' });
	expect(fixture.files.requests).toEqual([]);
});

it('where the provider has no way to cancel sends nothing', async () => {
	expect(
		await cancelJob(fixture.run(blackForestLabs), { id: 'job-1', pollingUrl: null, credits: null }),
	).toEqual({
		cancelled: false,
		message: 'Black Forest Labs has no way to cancel a job',
	});
	expect(fixture.server.requests).toEqual([]);
});

describe('an answer that shows the job tells one that had ended before:', () => {
	const ended = (name: string, word: string) => ({
		cancelled: false,
		message: `${name} had ended the job before, as ${word}`,
	});

	it.each<[string, Answer, object]>([
		['completed, with its image', completed('https://a.example/a.png'), ended('Runpod', 'COMPLETED')],
		['completed, without its image', state('COMPLETED'), ended('Runpod', 'COMPLETED')],
		['failed', state('FAILED', { error: 'no' }), ended('Runpod', 'FAILED')],
		['too slow', state('TIMED_OUT'), ended('Runpod', 'TIMED_OUT')],
		['cancelled', state('CANCELLED'), took],
	])('at Runpod one that is %s', async (_, answer, told) => {
		fixture.server.on('POST', cancelPath, answer);
		expect(await cancel()).toEqual(told);
	});

	it.each<[string, object]>([
		['succeeded', ended('Replicate', 'succeeded')],
		['failed', ended('Replicate', 'failed')],
		['canceled', { cancelled: true, message: 'Replicate took the cancellation' }],
		['aborted', { cancelled: true, message: 'Replicate took the cancellation' }],
		['processing', { cancelled: true, message: 'Replicate took the cancellation' }],
	])('at Replicate one that is %s', async (status, told) => {
		fixture.server.on(
			'POST',
			/\/predictions\/job1\/cancel$/,
			json(200, { id: 'job1', status, output: null }),
		);
		expect(
			await cancelJob(fixture.run(replicate), { id: 'job1', getUrl: null, cancelUrl: null }),
		).toEqual(told);
	});

	const name = 'Stable-Diffusion.cpp Server';
	it.each<[string, Answer, object]>([
		[
			'completed',
			json(200, {
				id: 'job_1',
				status: 'completed',
				result: { images: [{ index: 0, b64_json: 'AQID' }] },
			}),
			ended(name, 'completed'),
		],
		[
			'failed',
			json(200, { id: 'job_1', status: 'failed', error: { message: 'no' } }),
			ended(name, 'failed'),
		],
		[
			'cancelled',
			json(200, { id: 'job_1', status: 'cancelled' }),
			{ cancelled: true, message: `${name} took the cancellation` },
		],
		[
			'being made',
			json(409, { error: 'job is currently generating and cannot be interrupted yet' }),
			{
				cancelled: false,
				message: `${name} answered 409: job is currently generating and cannot be interrupted yet`,
			},
		],
	])('at stable-diffusion.cpp one that is %s', async (_, answer, told) => {
		fixture.server.on('POST', /\/jobs\/job_1\/cancel$/, answer);
		expect(await cancelJob(fixture.run(sdServer), { id: 'job_1', pollUrl: null })).toEqual(told);
	});

	it('at fal one that is completed, by the status of the answer', async () => {
		fixture.server.on('PUT', /\/requests\/job-1\/cancel$/, json(400, { status: 'ALREADY_COMPLETED' }));
		const atFal = {
			id: 'job-1',
			endpoint: 'fal-ai/flux-pro/kontext',
			statusUrl: null,
			responseUrl: null,
			cancelUrl: null,
			runMs: null,
		};
		expect(await cancelJob(fixture.run(fal), atFal)).toEqual({
			cancelled: false,
			message: 'fal answered 400: ALREADY_COMPLETED',
		});
	});
});
