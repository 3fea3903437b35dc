import type { Engine, JobSetup } from '../../index';
import type { DoctorJob } from './job';
import { confirmed, notApplicable, notConfirmed, type Finding } from './report';

/** Formats an amount with up to six decimals, such as "0.04 USD". */
export const dollars = (usd: number): string => `${Number(usd.toFixed(6))} USD`;

/**
 * Determines the job's cost in USD, `null` if it is unknown: from the provider where it offers a free request
 * for it, from the catalogue otherwise.
 */
export async function priceOf(
	engine: Engine,
	setup: JobSetup,
	{ plan, request }: DoctorJob,
): Promise<{ usd: number | null; finding: Finding }> {
	const { result: quoted } = await engine.requestPrice(setup, request);
	if (quoted) {
		return quoted.ok
			? {
					usd: quoted.value,
					finding: confirmed(
						'price',
						`${setup.provider.displayName} says ${dollars(quoted.value)}`,
					),
				}
			: { usd: plan.estimatedCost, finding: notConfirmed('price', quoted.fault.message) };
	}
	const price = setup.provider.models.find(({ id }) => id === request.model)?.price;
	const start = price?.isLowerBound ? 'from ' : '';
	const detail = price
		? `${start}${dollars(price.usdPerImage)} in the catalogue, read on ${price.readOn} at ${price.source}`
		: 'not known';
	return { usd: plan.estimatedCost, finding: notApplicable('price', detail) };
}
