import type {
	IAuthenticateGeneric,
	ICredentialTestRequest,
	ICredentialType,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

export class FluxKontextMadeUpApi implements ICredentialType {
	name = 'fluxKontextMadeUpApi';

	displayName = 'Flux Kontext: Made Up API';

	icon: Icon = { light: 'file:../icons/madeUp.svg', dark: 'file:../icons/madeUp.dark.svg' };

	documentationUrl = 'https://docs.made-up.example/api-keys';

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
			default: 'https://api.made-up.example/v1',
			placeholder: 'e.g. https://api.made-up.example/v1',
			description: 'For a regional host, a proxy or a local server. The key is sent there.',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { Authorization: '=Bearer {{$credentials.apiKey}}' } },
	};

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{($credentials.baseUrl || "https://api.made-up.example/v1").replace(/\\/+$/, "")}}',
			// Costs nothing, and refuses a bad key.
			url: '/account',
			// n8n would follow a redirect to another host with the key.
			disableFollowRedirect: true,
		},
	};
}
