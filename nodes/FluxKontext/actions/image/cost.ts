import { fail, succeed, type Result } from '../../core/base/faults';
import { redactFault } from '../../core/base/redact';
import { createJobSetup } from '../connection';
import type { PlannedItem } from './planItem';

/** Rounding error that a sum of prices may have, in USD. */
const TOLERANCE_USD = 1e-9;

/**
 * Estimates what an item costs, in USD: by asking the provider where that is free, else by the catalogue's
 * price.
 */
async function estimateItem(item: PlannedItem, signal: AbortSignal): Promise<Result<number | null>> {
	const { connection, settings, plan } = item;
	const { provider, secrets, engine } = connection;
	if (!provider.estimate) return succeed(plan.estimatedCost);
	const prepared = await item.prepared(signal);
	// An item that cannot be prepared costs nothing; its fault is reported when its tasks run.
	if (!prepared.ok) return succeed(0);
	let totalUsd = 0;
	for (const request of prepared.value.requests) {
		const setup = createJobSetup(connection, settings.timeoutMs, { stop: signal, signal });
		const price = await engine.requestPrice(setup, request);
		if (price === null) return succeed(plan.estimatedCost);
		if (!price.ok) return { ok: false, fault: redactFault(price.fault, secrets) };
		totalUsd += price.value;
	}
	return succeed(totalUsd);
}

/**
 * Checks that the images of all items together cost at most `maxCostUsd`. Nothing has been submitted yet.
 * Never rejects. Fault codes: `costLimit`, and those of a price request.
 */
export async function checkCost(
	items: readonly PlannedItem[],
	maxCostUsd: number | null,
	signal: AbortSignal,
): Promise<Result<null>> {
	if (maxCostUsd === null) return succeed(null);
	let totalUsd = 0;
	for (const item of items) {
		const cost = await estimateItem(item, signal);
		if (!cost.ok) return cost;
		if (cost.value === null) {
			const { model } = item.plan.request;
			return fail(
				'costLimit',
				`The price of ${model} is not known, so 'Max Cost' cannot be kept; nothing was submitted`,
				{ description: "Remove 'Max Cost' from the options, or choose a model with a known price." },
			);
		}
		totalUsd += cost.value;
	}
	if (totalUsd <= maxCostUsd + TOLERANCE_USD) return succeed(null);
	return fail(
		'costLimit',
		`The images of this run would cost about ${totalUsd.toFixed(3)} USD, ` +
			`but 'Max Cost' is ${maxCostUsd} USD; nothing was submitted`,
	);
}
