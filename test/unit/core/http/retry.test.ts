import fc from 'fast-check';

import type { Ports } from '../../../../nodes/FluxKontext/core/http/ports';
import { backoffMs, pause, retryAfterMs } from '../../../../nodes/FluxKontext/core/http/retry';

const now = Date.parse('2026-11-20T12:00:00Z');
const asked = (value?: string) =>
	retryAfterMs({ headers: value === undefined ? {} : { 'retry-after': value } }, now);

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
		expect(asked(value)).toBe(ms);
	});

	it.each(['', '  ', 'soon', 'soon 5', '-5', '5 s', '1e3', '0x10', 'NaN', 'Infinity', '120, 60'])(
		'makes no sense of %j',
		(value) => {
			expect(asked(value)).toBeNull();
		},
	);

	it.each([
		'0',
		'0.0',
		'Fri, 20 Nov 2026 12:00:00 GMT',
		'Fri, 20 Nov 2026 11:00:00 GMT',
		'Thu, 01 Jan 1970 00:00:00 GMT',
	])('leaves the wait to our own back-off where %j names none', (value) => {
		expect(asked(value)).toBeNull();
	});

	it('is null without the header', () => {
		expect(asked()).toBeNull();
	});

	it('is a wait of at most a minute for any text at all', () => {
		const text = fc.oneof(
			fc.string(),
			fc.double().map(String),
			fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
		);
		fc.assert(
			fc.property(text, (value) => {
				const ms = asked(value);
				expect(ms === null || (ms > 0 && ms <= 60_000)).toBe(true);
			}),
			{ numRuns: 2_000 },
		);
	});
});

describe('backoffMs', () => {
	it('doubles from one second to thirty', () => {
		expect([1, 2, 3, 4, 5, 6, 7, 50, 2_000].map((attempt) => backoffMs(attempt, () => 0.5))).toEqual([
			1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000,
		]);
	});

	it('is spread by 20 % either way', () => {
		expect([backoffMs(1, () => 0), backoffMs(1, () => 0.999_999)].map(Math.round)).toEqual([800, 1_200]);
	});
});

describe('pause', () => {
	const signal = new AbortController().signal;
	function clock(at: number): { ports: Ports; slept: number[] } {
		const slept: number[] = [];
		let time = at;
		const sleep = async (ms: number): Promise<void> => {
			slept.push(ms);
			time += ms;
			await Promise.resolve();
		};
		return { ports: { sleep, now: () => time } as unknown as Ports, slept };
	}

	it('sleeps, and goes on before the deadline', async () => {
		const { ports, slept } = clock(1_000);
		expect(await pause(ports, 500, 5_000, signal)).toBe(true);
		expect(slept).toEqual([500]);
	});

	it('never sleeps past the deadline, and then ends', async () => {
		const { ports, slept } = clock(1_000);
		expect(await pause(ports, 60_000, 5_000, signal)).toBe(false);
		expect(await pause(ports, 60_000, 5_000, signal)).toBe(false);
		expect(slept).toEqual([4_000, 0]);
	});

	it('ends when it is stopped', async () => {
		expect(await pause(clock(0).ports, 1, 5_000, AbortSignal.abort())).toBe(false);
	});
});
