import type {
	IAuthenticateGeneric,
	ICredentialTestRequest,
	ICredentialType,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

export class FluxKontextBlackForestLabsApi implements ICredentialType {
	name = 'fluxKontextBlackForestLabsApi';

	displayName = 'Flux Kontext: Black Forest Labs API';

	icon: Icon = {
		light: 'file:../icons/blackForestLabs.svg',
		dark: 'file:../icons/blackForestLabs.dark.svg',
	};

	documentationUrl = 'https://docs.bfl.ai/quick_start/create_account';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'https://api.bfl.ai',
			placeholder: 'e.g. https://api.bfl.ai',
			description: 'For a regional host, a proxy or a local server. The key is sent there.',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { 'x-key': '={{$credentials.apiKey}}' } },
	};

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{($credentials.baseUrl || "https://api.bfl.ai").replace(/\\/+$/, "")}}',
			url: '/v1/credits',
			// n8n would follow a redirect to another host with the key.
			disableFollowRedirect: true,
		},
	};
}
