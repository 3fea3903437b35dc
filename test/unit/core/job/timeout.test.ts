import { defaultLimits } from '../../../../nodes/FluxKontext/core/base/limits';
import { hang, json, reset, type Answer } from '../../../support/scriptedServer';
import { runToEnd, useEngineFixture } from '../engineFixture';
import {
	accepted,
	cancelled,
	cancelPath,
	completed,
	pending,
	provider,
	request,
	statusPath,
	submitPath,
} from './jobs';

const fixture = useEngineFixture();
const cancels = () => fixture.server.requestsTo('POST', cancelPath);
const scriptJob = (submit: Answer, ...statusAnswers: Answer[]) => {
	fixture.server.on('POST', submitPath, submit);
	fixture.server.on('GET', statusPath, ...statusAnswers);
	fixture.server.on('POST', cancelPath, cancelled);
};

describe('a timeout', () => {
	const timeout = async (cancelOnTimeout: boolean) =>
		await runToEnd(fixture.contextFor(provider, 60_000), request, { cancelOnTimeout });

	it('cancels the job and reports that', async () => {
		scriptJob(accepted, pending);
		expect(await timeout(true)).toMatchObject({
			job: { id: 'job-1', status: 'pending' },
			result: {
				fault: {
					code: 'timeout',
					description: expect.stringMatching(
						/^It was cancelled at the provider\. Raise 'Timeout'/,
					) as unknown,
				},
			},
			totalMs: 60_000,
		});
		expect(cancels()).toHaveLength(1);
	});

	it('leaves the job alone where that is wanted', async () => {
		scriptJob(accepted, pending);
		expect(await timeout(false)).toMatchObject({
			result: {
				fault: { code: 'timeout', description: expect.stringMatching(/^Raise 'Timeout'/) as unknown },
			},
		});
		expect(cancels()).toEqual([]);
	});

	it.each<[string, Answer, string, number]>([
		[
			'refuses the cancellation',
			json(404, { error: 'job not found' }),
			'It was not cancelled: Runpod answered 404: job not found.',
			1,
		],
		[
			'has finished the job by then',
			completed('https://a.example/a.png'),
			'It was not cancelled: Runpod had ended the job before, as COMPLETED.',
			1,
		],
		[
			'does not answer',
			hang,
			'It was not cancelled: Runpod gave no answer (no answer within 10 s).',
			defaultLimits.maxCancelAttempts,
		],
		[
			'resets the connection',
			reset,
			'It was not cancelled: Runpod gave no answer (ECONNRESET).',
			defaultLimits.maxCancelAttempts,
		],
	])('reports why the job was not cancelled where the provider %s', async (_, answer, reason, attempts) => {
		scriptJob(accepted, pending);
		fixture.server.on('POST', cancelPath, answer);
		const { result } = await timeout(true);
		expect(result.ok ? '' : result.fault.description).toBe(
			`${reason} Raise 'Timeout' in the options, ` +
				'or fetch the image later with Job → Wait: the job is in the details.',
		);
		expect(cancels()).toHaveLength(attempts);
	});
});

it('a job that has failed is not cancelled', async () => {
	scriptJob(accepted, json(400, { id: 'job-1', status: 'FAILED', error: 'Invalid image URL' }));
	expect(await runToEnd(fixture.contextFor(provider), request)).toMatchObject({
		job: { status: 'failed', providerStatus: 'FAILED' },
		result: {
			fault: {
				code: 'failed',
				message: 'Runpod ended the job as FAILED: Invalid image URL',
				providerStatus: 'FAILED',
			},
		},
	});
	expect(cancels()).toEqual([]);
});
