import type { ModelSpec, Operation, Provider } from '../../nodes/FluxKontext/core/provider';
import { row, table } from './markdown';

const byName = (a: Provider, b: Provider): number => a.displayName.localeCompare(b.displayName);

/** The tiers of Kontext that are in the catalogue: "pro", "max". */
function tiersOf({ models }: Provider): string {
	const tiers = models.flatMap(({ displayName }) => /Kontext \[(\w+)\]/.exec(displayName)?.[1] ?? []);
	return [...new Set(tiers)].join(', ') || 'what it has loaded';
}

/** What the most able model of the catalogue takes. */
function takes({ models }: Provider, operation: Operation): string {
	const specs = models.flatMap((model) => model.operations[operation] ?? []);
	if (specs.length === 0) return 'no';
	const most = Math.max(...specs.map(({ inputImages }) => inputImages.max));
	if (most === 0) return 'yes';
	const images = most === 1 ? '1 image' : `up to ${most} images`;
	const asUrls = specs.some(({ inputImages }) => inputImages.bytes === false) ? ', as URLs' : '';
	return operation === 'generate' ? `yes, with ${images} for reference` : images + asUrls;
}

const dollars = (models: readonly ModelSpec[]): number[] =>
	models.flatMap(({ price }) => (price ? [price.usdPerImage] : []));

function priceText({ models }: Provider): string {
	const prices = dollars(models);
	if (prices.length === 0) return 'not known';
	const [least, most] = [Math.min(...prices), Math.max(...prices)];
	return least === most ? `$${least}` : `$${least} to $${most}`;
}

const yes = (part: unknown): string => (part === undefined ? 'no' : 'yes');

/** One line for each provider. */
export function providerIndex(providers: readonly Provider[]): string[] {
	const rows = [...providers].sort(byName).map((provider) => {
		const { id, displayName, buildStatus, callback, buildCancel, notes } = provider;
		const how = buildStatus ? 'job, polled' : 'one long request';
		return row(
			`[${displayName}](providers/${id}.md)`,
			tiersOf(provider),
			takes(provider, 'generate'),
			takes(provider, 'edit'),
			how,
			yes(callback),
			yes(buildCancel),
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
			'how',
			'can suspend',
			'can cancel',
			'links work for',
			'price per image',
		],
		rows,
	);
}
