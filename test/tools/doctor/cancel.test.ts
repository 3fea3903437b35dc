import { useContractFixture } from '../../contract/contractFixture';
import type { ProviderId } from '../../../tools/emulator';
import { examine } from './doctorFixture';

const fixture = useContractFixture();

it.each<[ProviderId, string]>([
	['fal', 'client_cancelled'],
	['replicate', 'canceled'],
	['runpod', 'CANCELLED'],
	['sdServer', 'cancelled'],
])(
	'cancels the job at %s and checks the status that the provider then reports',
	async (id, providerStatus) => {
		Object.assign(fixture.emulator.timing, { queueMs: 600_000 });
		const { status, verdicts, detail } = await examine(fixture, id, ['--yes', '--cancel']);
		expect({ status, verdict: verdicts['Cancel'] }).toEqual({ status: 0, verdict: 'confirmed' });
		expect(detail('Cancel')).toContain(
			`took the cancellation; then the provider reports the job as "${providerStatus}"`,
		);
		expect(fixture.emulator.jobs).toMatchObject([{ state: 'cancelled' }]);
	},
);

it('does not confirm the cancellation of a job that had already ended', async () => {
	Object.assign(fixture.emulator.timing, { queueMs: 0, runMs: 0 });
	const { status, verdicts, detail } = await examine(fixture, 'fal', ['--yes', '--cancel']);
	expect({ status, verdict: verdicts['Cancel'] }).toEqual({ status: 1, verdict: 'not confirmed' });
	expect(detail('Cancel')).toBe(
		'fal answered 400: ALREADY_COMPLETED; ' +
			'then the provider reports the job as "COMPLETED", with an image',
	);
	expect(fixture.requests('submit')).toHaveLength(1);
});

it('cancels the job when the run is stopped', async () => {
	const stop = new AbortController();
	fixture.emulator.inject({ stage: 'job', kind: 'never' });
	const { status, detail, lines } = await examine(fixture, 'fal', ['--yes'], {
		stop: stop.signal,
		onLine: (line) => line.includes('Submit') && stop.abort(),
	});
	expect(status).toBe(1);
	expect(detail('Status')).toMatch(/The run was stopped while fal worked on job /);
	expect(lines.find((line) => line.startsWith('What to do: '))).toMatch(
		/^What to do: (It was cancelled at the provider|Its cancellation was asked for at the provider)\./,
	);
	expect(fixture.emulator.jobs).toMatchObject([{ state: 'cancelled' }]);
});
