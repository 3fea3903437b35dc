import type { ModelSpec, Operation } from '../../../nodes/FluxKontext/core/request/model';
import { optionKinds, optionNames } from '../../../nodes/FluxKontext/core/request/options';
import { takesScale } from '../../../nodes/FluxKontext/core/request/sizes';
import { nodeOptions } from '../../../nodes/FluxKontext/description/nodeOptions';
import { providers } from '../../../nodes/FluxKontext/providers';

export const operationNames: Readonly<Record<Operation, string>> = { generate: 'Generate', edit: 'Edit' };

/** Names of the node options that are available with the default Completion. */
const nodeOptionNames = nodeOptions(providers)
	.filter(({ name }) => name !== 'callbackUrl')
	.map(({ displayName }) => displayName);

/** Returns the sorted names of the options that the panel must offer: of the model and of the node itself. */
export function expectedOptions(model: ModelSpec | null, operation: Operation): string[] {
	const spec = model?.operations[operation];
	const supported = optionNames.filter((name) => name === 'numberOfImages' || spec?.options[name]);
	const names = supported.map((name) => optionKinds[name].displayName);
	return [...names, ...(spec && takesScale(spec.size) ? ['Resolution'] : []), ...nodeOptionNames].sort(
		(a, b) => a.localeCompare(b),
	);
}
