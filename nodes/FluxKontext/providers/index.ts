import type { Provider } from '../core/types';
import { blackForestLabs } from './blackForestLabs';
import { runpod } from './runpod';
import { theRouter } from './theRouter';

/** Every provider the node knows; panel, credentials, checks and docs follow from this list. */
export const providers: readonly Provider[] = [blackForestLabs, runpod, theRouter];

export function providerById(id: unknown): Provider | null {
	return providers.find((provider) => provider.id === id) ?? null;
}
