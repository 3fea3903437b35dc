import * as registry from './providers';
import type { ProviderId } from './types';

// Sorted, because compilers differ in the order of a module's exports.
export const providerIds = (Object.keys(registry) as ProviderId[]).sort();

export const isProviderId = (text: string): text is ProviderId => providerIds.some((id) => id === text);
