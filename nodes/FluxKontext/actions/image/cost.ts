import { askPrice } from '../../core/job/estimate';
import { fail, succeed, type Result } from '../../core/base/faults';
import { redactFault } from '../../core/base/redact';
import type { PlannedItem } from './planItem';

/** What an item would cost: as the provider says where it can be asked for free, else by the catalogue's price. */
async function costOf(item: PlannedItem, signal: AbortSignal): Promise<Result<number | null>> {
	const { connection, settings, plan } = item;
	const { provider, baseUrl, ports, secrets } = connection;
	if (!provider.buildEstimate) return succeed(plan.estimatedCost);
	const prepared = await item.prepared(signal);
	// What is wrong with the item is said when its turn comes; it costs nothing.
	if (!prepared.ok) return succeed(0);
	let total = 0;
	for (const request of prepared.value.requests) {
		const deadline = ports.now() + settings.timeoutMs;
		const price = await askPrice({ provider, baseUrl, ports, deadline, signal }, request);
		if (price === null) return succeed(plan.estimatedCost);
		if (!price.ok) return { ok: false, fault: redactFault(price.fault, secrets) };
		total += price.value;
	}
	return succeed(total);
}

/** Whether all images of the run together stay within the limit (USD); asked before the first one is submitted. */
export async function checkCost(
	items: readonly PlannedItem[],
	maxCost: number | null,
	signal: AbortSignal,
): Promise<Result<null>> {
	if (maxCost === null) return succeed(null);
	let total = 0;
	for (const item of items) {
		const cost = await costOf(item, signal);
		if (!cost.ok) return cost;
		if (cost.value === null) {
			const { model } = item.plan.request;
			return fail(
				'costLimit',
				`The price of ${model} is not known, so 'Max Cost' cannot be kept; nothing was submitted`,
				{
					description: "Remove 'Max Cost' from the options, or choose a model with a known price.",
				},
			);
		}
		total += cost.value;
	}
	// A sum of prices may be off by a rounding error.
	if (total <= maxCost + 1e-9) return succeed(null);
	return fail(
		'costLimit',
		`The images of this run would cost about ${total.toFixed(3)} USD, but 'Max Cost' is ${maxCost} USD; nothing was submitted`,
	);
}
