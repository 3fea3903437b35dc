import { show } from '../base/json';

/** Limits of a number, inclusive. */
export interface NumberLimits {
	min?: number | undefined;
	max?: number | undefined;
}

/** Formats limits as "from 0 to 6", "1 or more" or "at most 5". */
export const rangeText = ({ min, max }: NumberLimits): string =>
	min !== undefined && max !== undefined && max < Number.MAX_SAFE_INTEGER
		? `from ${min} to ${max}`
		: min !== undefined
			? `${min} or more`
			: `at most ${max}`;

/** Tells whether a number is outside its limits. */
export function isOutside(value: number, { min, max }: NumberLimits): boolean {
	return (min !== undefined && value < min) || (max !== undefined && value > max);
}

/**
 * Says what is wrong with a number, as the end of a sentence: "must be a whole number from 0 to 6, but is 9".
 */
export function numberComplaint(
	value: unknown,
	{ whole, min, max }: NumberLimits & { whole: boolean },
): string | null {
	const isNumber = typeof value === 'number' && Number.isFinite(value);
	if (isNumber && (!whole || Number.isInteger(value)) && !isOutside(value, { min, max })) return null;
	const kind = whole ? 'a whole number' : 'a number';
	const range = min === undefined && max === undefined ? '' : ` ${rangeText({ min, max })}`;
	return `must be ${kind}${range}, but is ${show(value)}`;
}
