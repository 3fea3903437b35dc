import { optionKinds, optionNames } from '../../../nodes/FluxKontext/core/request/options';
import { takesScale } from '../../../nodes/FluxKontext/core/request/sizes';
import type { ModelSpec, Operation } from '../../../nodes/FluxKontext/core/provider';
import { nodeOptions } from '../../../nodes/FluxKontext/description/options';
import { providers } from '../../../nodes/FluxKontext/providers';

export const operationNames: Readonly<Record<Operation, string>> = { generate: 'Generate', edit: 'Edit' };

/** Those of the node itself while it waits for the image. */
const ofTheNode = nodeOptions(providers)
	.filter(({ name }) => name !== 'callbackUrl')
	.map(({ displayName }) => displayName);

/** The names of the options that the registry has for a model, and of those that are there for all. */
export function optionsOf(model: ModelSpec | null, operation: Operation): string[] {
	const spec = model?.operations[operation];
	const taken = optionNames.filter((name) => name === 'numberOfImages' || spec?.options[name]);
	const names = taken.map((name) => optionKinds[name].displayName);
	return [...names, ...(spec && takesScale(spec.size) ? ['Resolution'] : []), ...ofTheNode].sort((a, b) =>
		a.localeCompare(b),
	);
}
