import { useContractFixture } from '../../contract/contractFixture';
import type { ProviderId } from '../../../tools/emulator';
import { examine } from './doctor';

const rig = useContractFixture();

it.each<[ProviderId, string]>([
	['fal', 'client_cancelled'],
	['replicate', 'canceled'],
	['runpod', 'CANCELLED'],
	['sdServer', 'cancelled'],
])('cancels the job at %s, and sees what it is then called', async (id, word) => {
	Object.assign(rig.emulator.timing, { queueMs: 600_000 });
	const { status, verdicts, seen } = await examine(rig, id, ['--yes', '--cancel']);
	expect({ status, verdict: verdicts['Cancel'] }).toEqual({ status: 0, verdict: 'confirmed' });
	expect(seen('Cancel')).toContain(`took the cancellation; then the job is told as "${word}"`);
	expect(rig.emulator.jobs).toMatchObject([{ state: 'cancelled' }]);
});

it('says so when the job had ended before', async () => {
	Object.assign(rig.emulator.timing, { queueMs: 0, runMs: 0 });
	const { status, verdicts, seen } = await examine(rig, 'fal', ['--yes', '--cancel']);
	expect({ status, verdict: verdicts['Cancel'] }).toEqual({ status: 1, verdict: 'not confirmed' });
	expect(seen('Cancel')).toBe(
		'fal answered 400: ALREADY_COMPLETED; then the job is told as "COMPLETED", with an image',
	);
	expect(rig.requests('submit')).toHaveLength(1);
});

it('cancels the job when it is told to stop', async () => {
	const stop = new AbortController();
	rig.emulator.inject({ stage: 'job', kind: 'never' });
	const { status, seen, said } = await examine(rig, 'fal', ['--yes'], {
		stop: stop.signal,
		watch: (line) => line.includes('Submit') && stop.abort(),
	});
	expect(status).toBe(1);
	expect(seen('Status')).toMatch(/The run was stopped while fal worked on job /);
	expect(said.find((line) => line.startsWith('What to do: '))).toMatch(
		/^What to do: (It was cancelled at the provider|Its cancellation was asked for at the provider)\./,
	);
	expect(rig.emulator.jobs).toMatchObject([{ state: 'cancelled' }]);
});
