import fc from 'fast-check';

import { defaultLimits } from '../../../../nodes/FluxKontext/core/base/limits';
import type { Ports } from '../../../../nodes/FluxKontext/core/http/ports';
import { backoffMs, pause, retryAfterMs } from '../../../../nodes/FluxKontext/core/http/retry';

const now = Date.parse('2026-11-20T12:00:00Z');
const parse = (value?: string) =>
	retryAfterMs({ headers: value === undefined ? {} : { 'retry-after': value } }, now, defaultLimits);

describe('retryAfterMs', () => {
	it.each([
		['5', 5_000],
		[' 12 ', 12_000],
		['0.5', 1_000],
		['60', 60_000],
		['61', 60_000],
		['999999999999', 60_000],
		['9'.repeat(400), 60_000],
		['Fri, 20 Nov 2026 12:00:07 GMT', 7_000],
		['Friday, 20-Nov-26 12:00:07 GMT', 7_000],
		['Fri, 20 Nov 2099 12:00:00 GMT', 60_000],
	])('reads %j', (value, ms) => {
		expect(parse(value)).toBe(ms);
	});

	it.each(['', '  ', 'soon', 'soon 5', '-5', '5 s', '1e3', '0x10', 'NaN', 'Infinity', '120, 60'])(
		'ignores %j',
		(value) => {
			expect(parse(value)).toBeNull();
		},
	);

	it.each([
		'0',
		'0.0',
		'Fri, 20 Nov 2026 12:00:00 GMT',
		'Fri, 20 Nov 2026 11:00:00 GMT',
		'Thu, 01 Jan 1970 00:00:00 GMT',
	])('leaves the wait to the back-off for %j, which is no time in the future', (value) => {
		expect(parse(value)).toBeNull();
	});

	it('is null without the header', () => {
		expect(parse()).toBeNull();
	});

	it('is a wait of at most a minute for any text', () => {
		const text = fc.oneof(
			fc.string(),
			fc.double().map(String),
			fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
		);
		fc.assert(
			fc.property(text, (value) => {
				const ms = parse(value);
				expect(ms === null || (ms > 0 && ms <= 60_000)).toBe(true);
			}),
			{ numRuns: 2_000 },
		);
	});
});

describe('backoffMs', () => {
	it('doubles from one second up to thirty', () => {
		expect(
			[1, 2, 3, 4, 5, 6, 7, 50, 2_000].map((attempt) => backoffMs(attempt, () => 0.5, defaultLimits)),
		).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
	});

	it('is spread by 20 % in either direction', () => {
		expect([0, 0.999_999].map((random) => Math.round(backoffMs(1, () => random, defaultLimits)))).toEqual(
			[800, 1_200],
		);
	});
});

describe('pause', () => {
	const signal = new AbortController().signal;
	function createClock(at: number): { ports: Ports; pauses: number[] } {
		const pauses: number[] = [];
		let time = at;
		const sleep = async (ms: number): Promise<void> => {
			pauses.push(ms);
			time += ms;
			await Promise.resolve();
		};
		return { ports: { sleep, now: () => time } as unknown as Ports, pauses };
	}

	it('sleeps, and allows another attempt before the deadline', async () => {
		const { ports, pauses } = createClock(1_000);
		expect(await pause(ports, 500, 5_000, signal)).toBe(true);
		expect(pauses).toEqual([500]);
	});

	it('never sleeps past the deadline, and then allows no other attempt', async () => {
		const { ports, pauses } = createClock(1_000);
		expect(await pause(ports, 60_000, 5_000, signal)).toBe(false);
		expect(await pause(ports, 60_000, 5_000, signal)).toBe(false);
		expect(pauses).toEqual([4_000, 0]);
	});

	it('allows no other attempt once it is aborted', async () => {
		expect(await pause(createClock(0).ports, 1, 5_000, AbortSignal.abort())).toBe(false);
	});
});
