import { useSuspendedFixture } from './suspendedFixture';

const fixture = useSuspendedFixture();

/** Headers of a signature by standardwebhooks.com that is complete, but made with another secret. */
const forgedHeaders = () => ({
	'webhook-id': 'msg_1',
	'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
	'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}`,
});

describe('a webhook to a suspended execution', () => {
	it('is refused if its signature is invalid, and no job is checked', async () => {
		const { jobs, endNext, report } = await fixture.suspend(['blackForestLabs', 'replicate'], [0, 1]);
		[0, 1].forEach(endNext);
		const before = fixture.polls();
		for (const [index, headers] of [{}, forgedHeaders()].entries())
			expect(await report(jobs[index], { headers })).toMatchObject({
				status: 401,
				message: 'The signature is invalid',
				items: null,
			});
		expect(fixture.polls()).toBe(before);
	});

	it('is to be repeated if the keys of its signature cannot be requested', async () => {
		const { jobs, endNext, report } = await fixture.suspend(['replicate'], [0]);
		endNext();
		fixture.emulator.inject({ stage: 'other', kind: 'status', status: 503, times: Infinity });
		expect(await report(jobs[0], { headers: forgedHeaders() })).toMatchObject({
			status: 503,
			message: 'The keys of the signature could not be requested',
			items: null,
		});
	});
});
