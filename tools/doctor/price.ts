import type { JobContext } from '../../index';
import { askPrice } from '../../nodes/FluxKontext/core/job/estimate';
import type { Job } from './job';
import { confirmed, notApplicable, notConfirmed, type Finding } from './report';

export const dollars = (usd: number): string => `${Number(usd.toFixed(6))} USD`;

/** What the job will cost, in USD where it is known: as the provider says where it can be asked for free, else by the catalogue. */
export async function priceOf(
	run: JobContext,
	{ plan, request }: Job,
): Promise<{ usd: number | null; finding: Finding }> {
	const asked = await askPrice(run, request);
	if (asked) {
		return asked.ok
			? {
					usd: asked.value,
					finding: confirmed('price', `${run.provider.displayName} says ${dollars(asked.value)}`),
				}
			: { usd: plan.estimatedCost, finding: notConfirmed('price', asked.fault.message) };
	}
	const price = run.provider.models.find(({ id }) => id === request.model)?.price;
	const seen = price
		? `${dollars(price.usdPerImage)} in the catalogue, read on ${price.readOn} at ${price.source}`
		: 'not known';
	return { usd: plan.estimatedCost, finding: notApplicable('price', seen) };
}
