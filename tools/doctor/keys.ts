import type { Provider } from '../../index';

/** Names that the providers' own clients use. */
const customaryNames: Readonly<Record<string, string>> = {
	blackForestLabs: 'BFL_API_KEY',
	fal: 'FAL_KEY',
	replicate: 'REPLICATE_API_TOKEN',
};

/** Name of the environment variable that the provider's key is read from. */
export const keyVariableOf = ({ id }: Provider): string =>
	customaryNames[id] ?? `${id.toUpperCase()}_API_KEY`;
