import type { Provider } from '../core/provider';
import type { OptionSpec, Operation, OperationSpec } from '../core/request/model';
import { defaultModel } from '../core/request/plan';

/** Selects the spec of one option for an operation of a model; undefined if it is not supported. */
export type OptionSelector = (spec: OperationSpec) => OptionSpec | undefined;

/** Operations and models of one provider that support an option. */
export interface OptionSupport {
	/** Spec of the first model that supports it. */
	spec: OptionSpec;
	operations: Operation[];
	/** Models for these operations that lack it; includes '', the empty value, if a default model does. */
	unsupportedModels: string[];
}

interface CatalogueEntry {
	operation: Operation;
	model: string;
	spec: OperationSpec;
}

const catalogueOf = (provider: Provider): CatalogueEntry[] =>
	provider.models.flatMap(({ id, operations }) =>
		(Object.keys(operations) as Operation[]).flatMap((operation) => {
			const spec = operations[operation];
			return spec ? [{ operation, model: id, spec }] : [];
		}),
	);

/** Finds out which operations and models of the provider support the option; null if none does. */
export function optionSupport(provider: Provider, select: OptionSelector): OptionSupport | null {
	const catalogue = catalogueOf(provider);
	const supporting = catalogue.flatMap(({ operation, spec }) => {
		const option = select(spec);
		return option ? [{ operation, option }] : [];
	});
	const [first] = supporting;
	if (!first) return null;
	const operations = [...new Set(supporting.map(({ operation }) => operation))];
	const unsupported = catalogue
		.filter(({ operation, spec }) => operations.includes(operation) && !select(spec))
		.map(({ model }) => model);
	const isDefaultUnsupported = operations.some((operation) =>
		unsupported.includes(defaultModel(provider, operation)?.id ?? ''),
	);
	return {
		spec: first.option,
		operations,
		unsupportedModels: [...new Set(unsupported), ...(isDefaultUnsupported ? [''] : [])],
	};
}
