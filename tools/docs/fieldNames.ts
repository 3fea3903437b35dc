import { optionKinds, optionNames, type OptionName } from '../../nodes/FluxKontext/core/request/options';
import type { Provider } from '../../nodes/FluxKontext/core/provider';
import { row, table } from './markdown';

/** Lists the names under which the models of a provider take an option. */
function requestFields({ models }: Provider, name: OptionName): string[] {
	const specs = models
		.flatMap(({ operations }) => Object.values(operations))
		.flatMap(({ options }) => options[name] ?? []);
	return [
		...new Set(specs.map(({ field, invert }) => (invert ? `\`${field}\`, inverted` : `\`${field}\``))),
	];
}

/** Renders the table of options and of the providers' request fields that they set. */
export function fieldNames(providers: readonly Provider[]): string[] {
	const rows = optionNames.map((name) => {
		const providersByField = new Map<string, string[]>();
		for (const provider of providers)
			for (const field of requestFields(provider, name))
				providersByField.set(field, [...(providersByField.get(field) ?? []), provider.displayName]);
		const texts = [...providersByField].map(([field, names]) => `${field} (${names.join(', ')})`);
		return row(`**${optionKinds[name].displayName}**`, texts.join('; '));
	});
	return table(['option of the node', 'field of the request'], rows);
}
