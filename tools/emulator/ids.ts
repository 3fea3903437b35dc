import * as registry from './providers';
import type { ProviderId } from './types';

/** The ids of all emulated providers. Sorted, because compilers differ in the order of a module's exports. */
export const providerIds = (Object.keys(registry) as ProviderId[]).sort();

/** Reports whether `text` is the id of an emulated provider. */
export const isProviderId = (text: string): text is ProviderId => providerIds.some((id) => id === text);
