import fc from 'fast-check';

import { stateOf } from '../../../../nodes/FluxKontext/core/job/statuses';
import { isJobProvider } from '../../../../nodes/FluxKontext/core/provider';
import { providers } from '../../../../nodes/FluxKontext/providers';

const words = { pending: ['queued'], succeeded: ['ready'], failed: ['error', 'request moderated'] };

it.each([
	['queued', 'pending'],
	['Ready', 'succeeded'],
	['READY', 'succeeded'],
	['Error', 'failed'],
	['Request Moderated', 'failed'],
	['', 'pending'],
	['ready!', 'pending'],
	['already', 'pending'],
])('reads %j as %s', (status, state) => {
	expect(stateOf(status, words)).toBe(state);
});

it('reads an unknown word as pending', () => {
	const known = Object.values(words).flat();
	fc.assert(
		fc.property(fc.string(), (status) => {
			fc.pre(!known.includes(status.toLowerCase()));
			expect(stateOf(status, words)).toBe('pending');
		}),
	);
});

it.each(providers.filter(isJobProvider).map(({ displayName, statuses }) => [displayName, statuses] as const))(
	'the status words of %s are in lower case, and each has one meaning',
	(_, { pending, succeeded, failed }) => {
		const all = [...pending, ...succeeded, ...failed];
		expect(all).toEqual(all.map((word) => word.toLowerCase()));
		expect(new Set(all).size).toBe(all.length);
		expect([pending, succeeded, failed].every((list) => list.length > 0)).toBe(true);
	},
);
