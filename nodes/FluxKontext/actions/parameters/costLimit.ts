import type { IExecuteFunctions } from 'n8n-workflow';

import { succeed, type Result } from '../../core/base/faults';
import { numberComplaint } from '../../core/request/numbers';
import { MIN_COST_LIMIT_USD } from '../../core/request/parameters';
import { catchExpression, readOptions, refuse } from './read';

const limits = { whole: false, min: MIN_COST_LIMIT_USD };

/** Tells whether a value is what an expression leaves that finds nothing. */
const isEmpty = (value: unknown): boolean =>
	value === undefined ||
	value === null ||
	Number.isNaN(value) ||
	(typeof value === 'string' && value.trim() === '');

/** Returns the number that a text spells, as forms and sheets give it; any other value as it is. */
function spelled(value: unknown): unknown {
	if (typeof value !== 'string') return value;
	const number = Number(value);
	return Number.isFinite(number) ? number : value;
}

/**
 * Reads the option 'Max Cost' of an item in USD; `null` where the item does not have it. An option that is
 * there but empty is refused: an expression that finds nothing must not remove the limit.
 */
export function readCostLimit(context: IExecuteFunctions, itemIndex: number): Result<number | null> {
	return catchExpression(() => {
		const options = readOptions(context, itemIndex);
		if (!Object.hasOwn(options, 'maxCost')) return succeed(null);
		const { maxCost } = options;
		if (isEmpty(maxCost))
			return refuse(
				"'Max Cost' is empty, although the option is there; give it a number, or remove the option",
			);
		const limit = spelled(maxCost);
		const wrong = numberComplaint(limit, limits);
		return wrong === null ? succeed(limit as number) : refuse(`'Max Cost' ${wrong}`);
	});
}

/** Returns the smallest limit of all items in USD; `null` where none has one. */
export function smallestLimit(limitsOfItems: ReadonlyArray<Result<number | null>>): number | null {
	const found = limitsOfItems.flatMap((limit) => (limit.ok && limit.value !== null ? [limit.value] : []));
	return found.reduce<number | null>((least, usd) => (least === null ? usd : Math.min(least, usd)), null);
}
