import { fault, type Fault, type Result } from '../../core/base/faults';
import { catalogueCost, checkPriceFields } from '../../core/request/cost';
import { createFailure } from '../connection';
import { refuseItems } from './refuse';
import type { Planned, PlannedItem } from './planItem';
import { createPriceQuestions, type PriceQuestions } from './priceQuestions';

/** Rounding error that a sum of prices may have, in USD. */
const TOLERANCE_USD = 1e-9;

/** Planned items, and what the ones that are not refused cost together, in USD. */
interface Priced {
	planned: Planned[];
	totalUsd: number;
}

const exceeds = (usd: number, maxCostUsd: number): boolean => usd > maxCostUsd + TOLERANCE_USD;

const tooExpensive = (totalUsd: number, maxCostUsd: number): Fault =>
	fault(
		'costLimit',
		`The images of this run would cost about ${totalUsd.toFixed(3)} USD, ` +
			`but 'Max Cost' is ${maxCostUsd} USD; nothing was submitted`,
	);

const isAsked = ({ connection: { engine, provider, baseUrl } }: PlannedItem): boolean =>
	engine.asksPrice({ provider, baseUrl });

/** Returns an item's cost as far as the catalogue tells it; 0 for an item whose price is asked. */
function listedCost(item: PlannedItem): Result<number> {
	const fields = checkPriceFields(item.plan);
	if (!fields.ok) return fields;
	return isAsked(item) ? { ok: true, value: 0 } : catalogueCost(item.plan);
}

/** Sums up the catalogue's prices; refuses the items whose price is not certain. */
function priceByCatalogue(planned: readonly Planned[]): Priced {
	let totalUsd = 0;
	const priced = planned.map((entry): Planned => {
		if ('failure' in entry) return entry;
		const { connection, itemIndex } = entry.item;
		const cost = listedCost(entry.item);
		if (!cost.ok) return { failure: createFailure(connection, itemIndex, cost.fault) };
		totalUsd += cost.value;
		return entry;
	});
	return { planned: priced, totalUsd };
}

/**
 * Asks for the prices of the items that the provider is asked for, one after the other, and holds the images
 * of one item at a time. Stops at the first question that brings no price, and refuses all items for it.
 */
async function priceByQuestions(
	{ planned, totalUsd: listedUsd }: Priced,
	questions: PriceQuestions,
	signal: AbortSignal,
): Promise<Priced> {
	let totalUsd = listedUsd;
	let held: PlannedItem | null = null;
	for (const entry of planned) {
		if ('failure' in entry || !isAsked(entry.item)) continue;
		const { item } = entry;
		await held?.release();
		held = item;
		const { result, job } = await questions.ask(item, signal);
		if (!result.ok) {
			const culprit = createFailure(item.connection, item.itemIndex, result.fault, job);
			return { planned: refuseItems(planned, result.fault, culprit), totalUsd };
		}
		totalUsd += result.value;
	}
	return { planned, totalUsd };
}

/**
 * Refuses what would make the items together cost more than `maxCostUsd` (`null` for no limit): an item whose
 * price is not certain, or all items if their sum is too high or a question for a price brings none. Nothing
 * has been submitted yet. With `continues` unset, one refused item is enough to ask nothing. Never rejects.
 */
export async function limitCost(
	planned: readonly Planned[],
	maxCostUsd: number | null,
	continues: boolean,
	signal: AbortSignal,
): Promise<Planned[]> {
	if (maxCostUsd === null) return [...planned];
	const listed = priceByCatalogue(planned);
	const isRefused = listed.planned.some((entry) => 'failure' in entry);
	if (isRefused && !continues) return listed.planned;
	if (exceeds(listed.totalUsd, maxCostUsd))
		return refuseItems(listed.planned, tooExpensive(listed.totalUsd, maxCostUsd));
	const asked = await priceByQuestions(listed, createPriceQuestions(), signal);
	return exceeds(asked.totalUsd, maxCostUsd)
		? refuseItems(asked.planned, tooExpensive(asked.totalUsd, maxCostUsd))
		: asked.planned;
}
