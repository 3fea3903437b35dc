import { callbackOf, isJobProvider, type Provider } from '../../nodes/FluxKontext/core/provider';
import type { ModelSpec, Operation } from '../../nodes/FluxKontext/core/request/model';
import { row, table } from './markdown';

const byName = (a: Provider, b: Provider): number => a.displayName.localeCompare(b.displayName);

/** Lists the tiers of Kontext in the catalogue, such as "pro, max". */
function kontextTiers({ models }: Provider): string {
	const tiers = models.flatMap(({ displayName }) => /Kontext \[(\w+)\]/.exec(displayName)?.[1] ?? []);
	return [...new Set(tiers)].join(', ') || 'any model it has loaded';
}

/** Describes an operation of the provider by the model that takes the most input images. */
function operationText({ models }: Provider, operation: Operation): string {
	const specs = models.flatMap((model) => model.operations[operation] ?? []);
	if (specs.length === 0) return 'no';
	const maxImages = Math.max(...specs.map(({ inputImages }) => inputImages.max));
	if (maxImages === 0) return 'yes';
	if (operation === 'generate')
		return `yes, with ${maxImages === 1 ? '1 reference image' : `up to ${maxImages} reference images`}`;
	const asUrls = specs.some(({ inputImages }) => inputImages.bytes === false) ? ', as URLs' : '';
	return (maxImages === 1 ? '1 image' : `up to ${maxImages} images`) + asUrls;
}

const pricesUsd = (models: readonly ModelSpec[]): number[] =>
	models.flatMap(({ price }) => (price ? [price.usdPerImage] : []));

function priceText({ models }: Provider): string {
	const prices = pricesUsd(models);
	if (prices.length === 0) return 'not known';
	const [lowest, highest] = [Math.min(...prices), Math.max(...prices)];
	const isLowerBound = models.some(({ price }) => price?.isLowerBound);
	if (isLowerBound) return `from $${lowest}`;
	return lowest === highest ? `$${lowest}` : `$${lowest} to $${highest}`;
}

const yesOrNo = (isSupported: boolean): string => (isSupported ? 'yes' : 'no');

/** Renders the comparison table, one row per provider, sorted by name. */
export function providerIndex(providers: readonly Provider[]): string[] {
	const rows = [...providers].sort(byName).map((provider) => {
		const { id, displayName, notes } = provider;
		return row(
			`[${displayName}](providers/${id}.md)`,
			kontextTiers(provider),
			operationText(provider, 'generate'),
			operationText(provider, 'edit'),
			isJobProvider(provider) ? 'job, polled' : 'one long request',
			yesOrNo(callbackOf(provider) !== undefined),
			yesOrNo(isJobProvider(provider) && provider.cancel !== undefined),
			notes.links,
			priceText(provider),
		);
	});
	return table(
		[
			'provider',
			'Kontext',
			'generate',
			'edit',
			'protocol',
			'can suspend',
			'can cancel',
			'lifetime of links',
			'price per image',
		],
		rows,
	);
}
