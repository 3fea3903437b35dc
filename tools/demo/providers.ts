import type { CredentialFile, Workflow } from '../n8n-host/workflows';

/** A provider that the demo can use, with the model that it uses. */
export interface DemoProvider {
	id: string;
	name: string;
	/** Environment variable with the key; if it is set, the demo uses the real API. */
	keyVariable: string;
	credentialType: string;
	model: string;
	usdPerImage: number;
	/** Whether the model generates images; otherwise it only edits. */
	generates: boolean;
}

export const emulatedProvider: DemoProvider = {
	id: 'blackForestLabs',
	name: 'Black Forest Labs',
	keyVariable: 'BFL_API_KEY',
	credentialType: 'fluxKontextBlackForestLabsApi',
	model: 'flux-kontext-pro',
	usdPerImage: 0.04,
	generates: true,
};

/** In the order of preference if several keys are set. */
const providers: DemoProvider[] = [
	emulatedProvider,
	{
		id: 'theRouter',
		name: 'TheRouter',
		keyVariable: 'THEROUTER_API_KEY',
		credentialType: 'fluxKontextTheRouterApi',
		model: 'black-forest-labs/flux-kontext-dev',
		usdPerImage: 0.018,
		generates: true,
	},
	{
		id: 'runpod',
		name: 'Runpod',
		keyVariable: 'RUNPOD_API_KEY',
		credentialType: 'fluxKontextRunpodApi',
		model: 'black-forest-labs-flux-1-kontext-dev',
		usdPerImage: 0.025,
		generates: false,
	},
];

/** Returns the first provider whose key is in the environment. */
export const realProvider = (env: NodeJS.ProcessEnv): DemoProvider | undefined =>
	providers.find(({ keyVariable }) => env[keyVariable]);

const NODE = 'n8n-nodes-flux-kontext.fluxKontext';

/** Creates a credential with the id that the examples name, so that the editor shows it as selected. */
export const credentialFor = (
	{ name, credentialType }: DemoProvider,
	data: { apiKey: string; baseUrl?: string },
): CredentialFile => ({ id: 'fluxKontextBfl0001', name: `${name} account`, type: credentialType, data });

/** Returns an example workflow that uses this provider instead of its own, with a timeout. */
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
