import { optionKinds, optionNames, type OptionName } from '../../nodes/FluxKontext/core/request/options';
import type { Provider } from '../../nodes/FluxKontext/core/provider';
import { row, table } from './markdown';

/** Under which names the models of a provider take an option. */
function fieldsOf({ models }: Provider, name: OptionName): string[] {
	const specs = models
		.flatMap(({ operations }) => Object.values(operations))
		.flatMap(({ options }) => options[name] ?? []);
	return [
		...new Set(specs.map(({ field, invert }) => (invert ? `\`${field}\`, reversed` : `\`${field}\``))),
	];
}

/** For each option the fields of the providers that it stands for. */
export function fieldNames(providers: readonly Provider[]): string[] {
	const rows = optionNames.map((name) => {
		const byField = new Map<string, string[]>();
		for (const provider of providers)
			for (const field of fieldsOf(provider, name))
				byField.set(field, [...(byField.get(field) ?? []), provider.displayName]);
		const texts = [...byField].map(([field, names]) => `${field} (${names.join(', ')})`);
		return row(`**${optionKinds[name].displayName}**`, texts.join('; '));
	});
	return table(['option of the node', 'field of the request'], rows);
}
