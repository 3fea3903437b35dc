import type { CredentialFile, Workflow } from '../n8n-host/workflows';

export interface DemoProvider {
	id: string;
	name: string;
	/** The environment variable that makes the demo use the real API. */
	keyName: string;
	credentialType: string;
	model: string;
	dollarsPerImage: number;
	generates: boolean;
}

export const emulatedProvider: DemoProvider = {
	id: 'blackForestLabs',
	name: 'Black Forest Labs',
	keyName: 'BFL_API_KEY',
	credentialType: 'fluxKontextBlackForestLabsApi',
	model: 'flux-kontext-pro',
	dollarsPerImage: 0.04,
	generates: true,
};

/** The first one with a key in the environment is taken. */
const providers: DemoProvider[] = [
	emulatedProvider,
	{
		id: 'theRouter',
		name: 'TheRouter',
		keyName: 'THEROUTER_API_KEY',
		credentialType: 'fluxKontextTheRouterApi',
		model: 'black-forest-labs/flux-kontext-dev',
		dollarsPerImage: 0.018,
		generates: true,
	},
	{
		id: 'runpod',
		name: 'Runpod',
		keyName: 'RUNPOD_API_KEY',
		credentialType: 'fluxKontextRunpodApi',
		model: 'black-forest-labs-flux-1-kontext-dev',
		dollarsPerImage: 0.025,
		generates: false,
	},
];

export const realProvider = (env: NodeJS.ProcessEnv): DemoProvider | undefined =>
	providers.find(({ keyName }) => env[keyName]);

const NODE = 'n8n-nodes-flux-kontext.fluxKontext';

/** Has the id that the examples name, so that nothing needs to be chosen in the editor. */
export const credentialFor = (
	{ name, credentialType }: DemoProvider,
	data: { apiKey: string; baseUrl?: string },
): CredentialFile => ({ id: 'fluxKontextBfl0001', name: `${name} account`, type: credentialType, data });

/** The example with this provider in the place of its own, and with an end to its patience. */
export function withProvider(workflow: Workflow, provider: DemoProvider, timeoutSeconds: number): Workflow {
	const { id, name } = credentialFor(provider, { apiKey: '' });
	return {
		...workflow,
		nodes: workflow.nodes.map((node) =>
			node.type !== NODE
				? node
				: {
						...node,
						parameters: {
							...node.parameters,
							provider: provider.id,
							model: { __rl: true, mode: 'list', value: provider.model },
							options: { timeout: timeoutSeconds },
						},
						credentials: { [provider.credentialType]: { id, name } },
					},
		),
	};
}
