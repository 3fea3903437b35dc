import type {
	IAuthenticateGeneric,
	ICredentialTestRequest,
	ICredentialType,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

export class FluxKontextTogetherApi implements ICredentialType {
	name = 'fluxKontextTogetherApi';

	displayName = 'Flux Kontext: Together AI API';

	icon: Icon = { light: 'file:../icons/together.svg', dark: 'file:../icons/together.dark.svg' };

	documentationUrl = 'https://docs.together.ai/reference/authentication-1';

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
			default: 'https://api.together.xyz/v1',
			placeholder: 'e.g. https://api.together.xyz/v1',
			description: 'For a regional host, a proxy or a local server. The key is sent there.',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { Authorization: '=Bearer {{$credentials.apiKey}}' } },
	};

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{($credentials.baseUrl || "https://api.together.xyz/v1").replace(/\\/+$/, "")}}',
			url: '/models',
			// n8n would follow a redirect to another host with the key.
			disableFollowRedirect: true,
		},
	};
}
