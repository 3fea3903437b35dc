import type { INodeProperties } from 'n8n-workflow';

import { callbackOf, type Provider } from '../core/provider';
import { DEFAULT_PROVIDER_ID } from '../core/request/parameters';

/** Whether the provider sends a callback when a job ends. */
export const hasCallback = (provider: Provider): boolean => callbackOf(provider) !== undefined;

/** Builds the choices of the parameter Provider, sorted by display name. */
const providerChoices = (providers: readonly Provider[]): NonNullable<INodeProperties['options']> =>
	[...providers]
		.sort((a, b) => a.displayName.localeCompare(b.displayName))
		.map(({ id, displayName }) => ({ name: displayName, value: id }));

/** Builds the parameter Provider. */
export const providerProperty = (providers: readonly Provider[], description: string): INodeProperties => ({
	displayName: 'Provider',
	name: 'provider',
	type: 'options',
	default: DEFAULT_PROVIDER_ID,
	description,
	options: providerChoices(providers),
});

/**
 * Lists the IDs of the providers, the default one first: a node that is added by one of its actions gets the
 * first value of each condition of that action's operation.
 */
export const defaultProviderFirst = (providers: readonly Provider[]): string[] =>
	providers
		.map(({ id }) => id)
		.sort((a, b) => Number(b === DEFAULT_PROVIDER_ID) - Number(a === DEFAULT_PROVIDER_ID));
