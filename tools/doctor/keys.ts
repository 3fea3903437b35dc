import type { Provider } from '../../index';

/** As the providers' own clients call them. */
const customary: Readonly<Record<string, string>> = {
	blackForestLabs: 'BFL_API_KEY',
	fal: 'FAL_KEY',
	replicate: 'REPLICATE_API_TOKEN',
};

/** The environment variable that the key is read from. */
export const keyNameOf = ({ id }: Provider): string => customary[id] ?? `${id.toUpperCase()}_API_KEY`;
