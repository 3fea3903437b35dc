import type { INodeCredentialDescription, NodeParameterValue } from 'n8n-workflow';

import type { Provider } from '../core/provider';

/** Types a condition as a plain value: n8n accepts conditions for credentials, but its type does not. */
const condition = (value: unknown): NodeParameterValue => value as NodeParameterValue;

/**
 * Lists the credential of each provider, shown while that provider is selected.
 *
 * Each has a condition, not a plain value: if plain values of one parameter select among all credentials,
 * n8n treats that parameter as the authentication field and hides it. The editor puts the credential before
 * the last parameter that is named here, so it appears between Provider and the parameter `below` (which must
 * not be a collection: that would be hidden).
 *
 * No credential is `required`: if the provider is given by an expression, n8n would demand all of them before
 * it publishes a workflow. A missing one is reported when the node runs.
 */
export const credentialsOf = (
	providers: readonly Provider[],
	below = 'resource',
): INodeCredentialDescription[] =>
	providers.map(({ id, credential }) => ({
		name: credential,
		displayOptions: {
			show: {
				provider: [condition({ _cnd: { eq: id } })],
				[below]: [condition({ _cnd: { exists: true } })],
			},
		},
	}));
