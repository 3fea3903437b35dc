import fc from 'fast-check';

import type { JobCheck } from '../../../../nodes/FluxKontext/core/job/check';
import { GroupChecks, type GroupMember } from '../../../../nodes/FluxKontext/core/job/groupChecks';

const JOBS = 80;

/** Jobs of one suspended execution, each pending until it ends. */
function createGroup(size: number) {
	const states: JobCheck[] = Array.from({ length: size }, () => 'pending');
	const checked: number[] = [];
	const members: GroupMember[] = states.map((_, index) => ({
		key: `job ${index}`,
		check: async () => {
			checked.push(index);
			await Promise.resolve();
			return states[index] ?? 'unreadable';
		},
	}));
	let nowMs = 0;
	const report = async (checks: GroupChecks, index: number): Promise<JobCheck> => {
		const caller = members[index] as GroupMember;
		const check = await checks.checkMember(caller);
		return check === 'over' ? await checks.checkGroup('group', members, () => nowMs) : check;
	};
	return {
		states,
		/** Jobs that were checked, one entry for each status request. */
		checked,
		/** Handles the report of one job as a webhook does. */
		report,
		/** Ends a job and handles its report. */
		async end(checks: GroupChecks, index: number): Promise<JobCheck> {
			states[index] = 'over';
			return await report(checks, index);
		},
		/** Lets time pass. */
		pass: (ms: number) => void (nowMs += ms),
	};
}

const forward = Array.from({ length: JOBS }, (_, index) => index);
const orders: Array<[string, number[]]> = [
	['as they were submitted', forward],
	['in reverse', [...forward].reverse()],
	['from both sides', forward.map((index) => (index % 2 === 0 ? index / 2 : JOBS - (index + 1) / 2))],
	['in disorder', forward.map((index) => (index * 37 + 11) % JOBS)],
];

describe('a group of 80 jobs', () => {
	it.each(orders)('that end %s is over with the last one, after 1.2 checks for each', async (_, order) => {
		const group = createGroup(JOBS);
		const checks = new GroupChecks();
		const results: JobCheck[] = [];
		for (const index of order) results.push(await group.end(checks, index));
		expect(results).toEqual([...Array<JobCheck>(JOBS - 1).fill('pending'), 'over']);
		expect(group.checked.length).toBeLessThanOrEqual(1.2 * JOBS);
	});

	it('that end and are reported at once is over, after one check for each', async () => {
		const group = createGroup(JOBS);
		const checks = new GroupChecks();
		group.states.fill('over');
		const results = await Promise.all(forward.map(async (index) => await group.report(checks, index)));
		expect(results).toEqual(Array(JOBS).fill('over'));
		expect([...group.checked].sort((a, b) => a - b)).toEqual(forward);
	});

	it.each([0, 1, 17, 40, 78])(
		'is over although the process has restarted after %d reports',
		async (after) => {
			const group = createGroup(JOBS);
			const [before, restarted] = [new GroupChecks(), new GroupChecks()];
			const results: JobCheck[] = [];
			for (const index of forward)
				results.push(await group.end(index < after ? before : restarted, index));
			expect(results.at(-1)).toBe('over');
			expect(group.checked.length).toBeLessThanOrEqual(1.2 * JOBS + after + 8);
		},
	);

	it('is over although half of the reports were lost, among them any of its witnesses', async () => {
		const group = createGroup(JOBS);
		const checks = new GroupChecks();
		for (const index of forward) {
			group.states[index] = 'over';
			if (index % 2 === 1) await group.report(checks, index);
		}
		group.pass(30_001);
		expect(await group.report(checks, JOBS - 1)).toBe('over');
	});

	it('is over although the last two reports but one were lost, without waiting', async () => {
		const group = createGroup(JOBS);
		const checks = new GroupChecks();
		for (const index of forward.slice(0, JOBS - 3)) await group.end(checks, index);
		group.states.fill('over');
		expect(await group.report(checks, JOBS - 3)).toBe('over');
	});
});

it('is over exactly when its last job is, in any order, with repeated reports and lost time', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.uniqueArray(fc.nat({ max: 11 }), { minLength: 12, maxLength: 12 }),
			fc.array(fc.nat({ max: 40_000 }), { minLength: 12, maxLength: 12 }),
			async (order, pauses) => {
				const group = createGroup(12);
				const checks = new GroupChecks();
				for (const [step, index] of order.entries()) {
					group.pass(pauses[step] ?? 0);
					const expected = step === 11 ? 'over' : 'pending';
					expect(await group.end(checks, index)).toBe(expected);
					expect(await group.report(checks, order[0] ?? 0)).toBe(expected);
				}
			},
		),
	);
});

it('costs nothing more for a report that is repeated while another job is pending', async () => {
	const group = createGroup(5);
	const checks = new GroupChecks();
	await group.end(checks, 0);
	const before = group.checked.length;
	for (let times = 0; times < 100; times += 1) expect(await group.report(checks, 0)).toBe('pending');
	expect(group.checked).toHaveLength(before);
});

it('is unreadable while a job cannot be read, and over afterwards', async () => {
	const group = createGroup(3);
	const checks = new GroupChecks();
	group.states.splice(0, 3, 'over', 'unreadable', 'over');
	expect(await group.report(checks, 1)).toBe('unreadable');
	expect(await group.report(checks, 0)).toBe('unreadable');
	group.states[1] = 'over';
	expect(await group.report(checks, 0)).toBe('over');
});

it('is pending for the report of a job that has not ended, as far as the provider says', async () => {
	const group = createGroup(2);
	const checks = new GroupChecks();
	expect(await group.report(checks, 0)).toBe('pending');
	expect(await group.end(checks, 1)).toBe('pending');
	expect(await group.end(checks, 0)).toBe('over');
});

it('of more jobs than are remembered is over as well', async () => {
	const size = 10_050;
	const group = createGroup(size);
	group.states.fill('over');
	expect(await group.report(new GroupChecks(), 0)).toBe('over');
	expect(group.checked.length).toBeLessThanOrEqual(size + 1);
});

it('does not mix groups', async () => {
	const [one, other] = [createGroup(3), createGroup(3)];
	const checks = new GroupChecks();
	await one.end(checks, 0);
	const members = [7, 8].map((index) => ({
		key: `other ${index}`,
		check: other.report.bind(null, checks, 1),
	}));
	expect(await checks.checkGroup('another group', members, () => 0)).toBe('pending');
});
