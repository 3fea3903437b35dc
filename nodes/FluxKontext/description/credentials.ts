import type { INodeCredentialDescription, NodeParameterValue } from 'n8n-workflow';

import type { Provider } from '../core/provider';

/** n8n's type for credentials knows plain values only; n8n itself takes the same conditions as for parameters. */
const condition = (display: unknown): NodeParameterValue => display as NodeParameterValue;

/**
 * A condition, not a plain value: where plain values of one parameter choose between all credentials, n8n takes it for
 * the authentication field and hides it. `below` is named because the editor puts the credential before the last
 * parameter that is named here: so it stands between 'Provider' and that one. (A collection would be hidden.)
 *
 * No credential is `required`: with the provider given by an expression n8n would demand all of them before it publishes
 * a workflow. A missing one is reported when the node runs.
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
