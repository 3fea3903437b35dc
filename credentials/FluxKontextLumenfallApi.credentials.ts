import type {
	IAuthenticateGeneric,
	ICredentialTestRequest,
	ICredentialType,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

export class FluxKontextLumenfallApi implements ICredentialType {
	name = 'fluxKontextLumenfallApi';

	displayName = 'Flux Kontext: Lumenfall API';

	icon: Icon = { light: 'file:../icons/lumenfall.svg', dark: 'file:../icons/lumenfall.dark.svg' };

	documentationUrl = 'https://docs.lumenfall.ai/client-libraries/http';

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
			default: 'https://api.lumenfall.ai',
			placeholder: 'e.g. https://api.lumenfall.ai',
			description: 'For a proxy or a local server. The key is sent there.',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { Authorization: '=Bearer {{$credentials.apiKey}}' } },
	};

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{($credentials.baseUrl || "https://api.lumenfall.ai").replace(/\\/+$/, "")}}',
			url: '/v1/balance',
			// n8n would follow a redirect to another host with the key.
			disableFollowRedirect: true,
		},
	};
}
