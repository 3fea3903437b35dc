import { fail, succeed, type Result } from '../../core/base/faults';
import type { JobRecord } from '../../core/job/record';
import { requestDigest } from '../../transport/requestDigest';
import { createJobSetup } from '../connection';
import type { PlannedItem } from './planItem';

/** Cost of an item in USD, or why it is not known. */
export interface ItemPrice {
	result: Result<number>;
	/** Job that the provider made instead of answering. */
	job: JobRecord | null;
}

/** Asks providers for the prices of items, each request once. */
export interface PriceQuestions {
	/**
	 * Asks for the price of an item's jobs, one after the other up to the first that has none. Never rejects.
	 */
	ask(item: PlannedItem, signal: AbortSignal): Promise<ItemPrice>;
}

/** Creates the questions of one run, with nothing asked. */
export function createPriceQuestions(): PriceQuestions {
	/** USD by the provider and the digest of the request. */
	const answers = new Map<string, number>();
	return {
		async ask(item, signal) {
			const { connection, settings } = item;
			const { engine, provider } = connection;
			const prepared = await item.prepared(signal);
			// An item that cannot be prepared costs nothing; its fault is reported when its tasks run.
			if (!prepared.ok) return { result: succeed(0), job: null };
			let totalUsd = 0;
			for (const request of prepared.value.requests) {
				const key = `${provider.id} ${requestDigest(request)}`;
				let usd = answers.get(key);
				if (usd === undefined) {
					const setup = createJobSetup(connection, settings.timeoutMs, { stop: signal, signal });
					const { result, job } = await engine.requestPrice(setup, request);
					if (!result)
						return { result: fail('costLimit', `${provider.displayName} has no prices`), job };
					if (!result.ok) return { result, job };
					usd = result.value;
					answers.set(key, usd);
				}
				totalUsd += usd;
			}
			return { result: succeed(totalUsd), job: null };
		},
	};
}
