import { fail, succeed, type Result } from '../base/faults';
import { findPriceField } from './priceFields';
import type { Plan } from './plan';

/**
 * Refuses additional fields that change what the price of a request depends on: its model, its size or its
 * number of images. Fault code: `costLimit`.
 */
export function checkPriceFields({ request: { additionalFields }, spec }: Plan): Result<null> {
	const field = findPriceField(additionalFields, spec);
	if (field === null) return succeed(null);
	return fail(
		'costLimit',
		`'Additional Fields' sets ${field}, which can change the price, ` +
			"so 'Max Cost' cannot be kept; nothing was submitted",
		{
			description:
				`Remove ${field} from 'Additional Fields' and set the model, the size and the number of ` +
				"images by the node's own parameters, or remove 'Max Cost' from the options.",
		},
	);
}

/**
 * Returns the cost of all jobs of a plan in USD, by the catalogue's price. Fault code: `costLimit`, where the
 * price is not known or only a lower bound.
 */
export function catalogueCost({ request: { model }, price, estimatedCost }: Plan): Result<number> {
	if (price === null || estimatedCost === null)
		return fail(
			'costLimit',
			`The price of ${model} is not known, so 'Max Cost' cannot be kept; nothing was submitted`,
			{ description: "Remove 'Max Cost' from the options, or choose a model with a known price." },
		);
	if (price.isLowerBound)
		return fail(
			'costLimit',
			`The price of ${model} is only known to be ${price.usdPerImage} USD or more, ` +
				"so 'Max Cost' cannot be kept; nothing was submitted",
			{
				description:
					"Remove 'Max Cost' from the options, or choose a model with a fixed price per image.",
			},
		);
	return succeed(estimatedCost);
}
