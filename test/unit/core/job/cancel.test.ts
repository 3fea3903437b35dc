import { defaultLimits } from '../../../../nodes/FluxKontext/core/base/limits';
import { cancelJob } from '../../../../nodes/FluxKontext/core/job/cancel';
import { blackForestLabs } from '../../../../nodes/FluxKontext/providers/blackForestLabs';
import { fal } from '../../../../nodes/FluxKontext/providers/fal';
import { replicate } from '../../../../nodes/FluxKontext/providers/replicate';
import { sdServer } from '../../../../nodes/FluxKontext/providers/sdServer';
import { cutOff, hang, json, lost, reset, stalled, text, type Answer } from '../../../support/scriptedServer';
import { START, useEngineFixture } from '../engineFixture';
import { cancelled, cancelPath, completed, provider, request, state } from './jobs';

const fixture = useEngineFixture();
const handle = { id: 'job-1', endpoint: request.model };
const cancel = async () => await cancelJob(fixture.contextFor(provider), handle);
const seconds = () => fixture.server.requests.map(({ at }) => (at - START) / 1000);
const acceptance = { cancelled: true, message: 'Runpod took the cancellation' };

it('sends one request with the key', async () => {
	fixture.server.on('POST', cancelPath, cancelled);
	expect(await cancel()).toEqual(acceptance);
	expect(fixture.server.requests).toMatchObject([
		{
			method: 'POST',
			path: `/${request.model}/cancel/job-1`,
			headers: { authorization: 'Bearer sk-the-key' },
		},
	]);
});

it.each<[string, Answer]>([
	['an empty body', text(200, '')],
	['a job of an unknown shape', json(200, { id: 'job-1' })],
	['a job that is still in progress', state('IN_PROGRESS')],
	['an unknown status word', state('DAYDREAMING')],
])('counts as accepted where the response is %s', async (_, answer) => {
	fixture.server.on('POST', cancelPath, answer);
	expect(await cancel()).toEqual(acceptance);
	expect(seconds()).toEqual([0]);
});

describe.each<[string, Answer, string]>([
	['a connection reset', reset, 'Runpod gave no answer (ECONNRESET)'],
	['a connection that closes without a response', lost, 'Runpod gave no answer (ECONNRESET)'],
	['no response', hang, 'Runpod gave no answer (no answer within 10 s)'],
	[
		'a truncated response',
		cutOff('{"id":"job-1","status":"CANCELLED"}'),
		'Runpod gave no answer (the answer was cut off)',
	],
	[
		'a response that stalls',
		stalled('{"id":"job-1","status":"CANCELLED"}'),
		'Runpod gave no answer (no whole answer within 10 s)',
	],
	['408', json(408, {}), 'Runpod answered 408'],
	['429', json(429, { error: 'slow down' }), 'Runpod answered 429: slow down'],
	['500', json(500, { error: 'oops' }), 'Runpod answered 500: oops'],
	['503', text(503, '<html></html>'), 'Runpod answered 503'],
])('after %s,', (_, answer, message) => {
	it('sends the request again', async () => {
		fixture.server.on('POST', cancelPath, answer, answer, cancelled);
		expect(await cancel()).toEqual(acceptance);
		expect(seconds()).toHaveLength(3);
	});

	it('gives up after `maxCancelAttempts` attempts, with the reason', async () => {
		fixture.server.on('POST', cancelPath, answer);
		expect(await cancel()).toEqual({ cancelled: false, message });
		expect(seconds()).toHaveLength(defaultLimits.maxCancelAttempts);
	});
});

it('waits longer before each further attempt', async () => {
	fixture.server.on('POST', cancelPath, reset, json(503, {}), cancelled);
	await cancel();
	expect(seconds()).toEqual([0, 0.8, 2.4]);
});

it.each([400, 401, 402, 403, 404, 409, 410, 422])('does not repeat the request after %i', async (status) => {
	fixture.server.on('POST', cancelPath, json(status, { error: 'so it is' }), cancelled);
	expect(await cancel()).toEqual({ cancelled: false, message: `Runpod answered ${status}: so it is` });
	expect(seconds()).toEqual([0]);
});

it('reports that no connection was made', async () => {
	const context = fixture.contextFor(provider);
	await fixture.server.close();
	expect(await cancelJob(context, handle)).toEqual({
		cancelled: false,
		message: 'Runpod gave no answer (ECONNREFUSED)',
	});
});

it('works for a run that was stopped and whose deadline has passed', async () => {
	fixture.server.on('POST', cancelPath, reset, cancelled);
	fixture.stop.abort();
	expect(await cancelJob(fixture.contextFor(provider, -1_000), handle)).toEqual(acceptance);
	expect(seconds()).toEqual([0, 0.8]);
});

it('follows no redirect, which would carry the key along', async () => {
	fixture.server.on(
		'POST',
		cancelPath,
		(_, response) => void response.writeHead(307, { location: `${fixture.files.origin}/cancel` }).end(),
	);
	expect(await cancel()).toEqual({ cancelled: false, message: 'Runpod answered 307' });
	expect(fixture.files.requests).toEqual([]);
});

it('sends nothing where the provider cannot cancel jobs', async () => {
	expect(
		await cancelJob(fixture.contextFor(blackForestLabs), {
			id: 'job-1',
			pollingUrl: null,
			credits: null,
		}),
	).toEqual({
		cancelled: false,
		message: 'Black Forest Labs has no way to cancel a job',
	});
	expect(fixture.server.requests).toEqual([]);
});

describe('the response to a cancellation', () => {
	const ended = (provider: string, status: string) => ({
		cancelled: false,
		message: `${provider} had ended the job before, as ${status}`,
	});

	it.each<[string, Answer, object]>([
		['completed, with its image', completed('https://a.example/a.png'), ended('Runpod', 'COMPLETED')],
		['completed, without its image', state('COMPLETED'), ended('Runpod', 'COMPLETED')],
		['failed', state('FAILED', { error: 'no' }), ended('Runpod', 'FAILED')],
		['timed out', state('TIMED_OUT'), ended('Runpod', 'TIMED_OUT')],
		['cancelled', state('CANCELLED'), acceptance],
	])('tells the state of a Runpod job that is %s', async (_, answer, expected) => {
		fixture.server.on('POST', cancelPath, answer);
		expect(await cancel()).toEqual(expected);
	});

	it.each<[string, object]>([
		['succeeded', ended('Replicate', 'succeeded')],
		['failed', ended('Replicate', 'failed')],
		['canceled', { cancelled: true, message: 'Replicate took the cancellation' }],
		['aborted', { cancelled: true, message: 'Replicate took the cancellation' }],
		['processing', { cancelled: true, message: 'Replicate took the cancellation' }],
	])('tells the state of a Replicate job that is %s', async (status, expected) => {
		fixture.server.on(
			'POST',
			/\/predictions\/job1\/cancel$/,
			json(200, { id: 'job1', status, output: null }),
		);
		expect(
			await cancelJob(fixture.contextFor(replicate), { id: 'job1', getUrl: null, cancelUrl: null }),
		).toEqual(expected);
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
			'being generated',
			json(409, { error: 'job is currently generating and cannot be interrupted yet' }),
			{
				cancelled: false,
				message: `${name} answered 409: job is currently generating and cannot be interrupted yet`,
			},
		],
	])('tells the state of a stable-diffusion.cpp job that is %s', async (_, answer, expected) => {
		fixture.server.on('POST', /\/jobs\/job_1\/cancel$/, answer);
		expect(await cancelJob(fixture.contextFor(sdServer), { id: 'job_1', pollUrl: null })).toEqual(
			expected,
		);
	});

	it('tells by its error status that a fal job is completed', async () => {
		fixture.server.on('PUT', /\/requests\/job-1\/cancel$/, json(400, { status: 'ALREADY_COMPLETED' }));
		const falHandle = {
			id: 'job-1',
			endpoint: 'fal-ai/flux-pro/kontext',
			statusUrl: null,
			responseUrl: null,
			cancelUrl: null,
			runMs: null,
		};
		expect(await cancelJob(fixture.contextFor(fal), falHandle)).toEqual({
			cancelled: false,
			message: 'fal answered 400: ALREADY_COMPLETED',
		});
	});
});

it('is refused by a 2xx response that says so', async () => {
	fixture.server.on('POST', cancelPath, json(200, { success: false }));
	expect(await cancel()).toEqual({ cancelled: false, message: 'Runpod did not take the cancellation' });
	expect(seconds()).toEqual([0]);
});
