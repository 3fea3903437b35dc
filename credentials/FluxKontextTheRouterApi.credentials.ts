import type {
	IAuthenticateGeneric,
	ICredentialTestRequest,
	ICredentialType,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

export class FluxKontextTheRouterApi implements ICredentialType {
	name = 'fluxKontextTheRouterApi';

	displayName = 'Flux Kontext: TheRouter API';

	icon: Icon = { light: 'file:../icons/theRouter.svg', dark: 'file:../icons/theRouter.dark.svg' };

	documentationUrl = 'https://therouter.ai/docs/api/reference/authentication';

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
			default: 'https://api.therouter.ai',
			placeholder: 'e.g. https://api.therouter.ai',
			description: 'For a regional host, a proxy or a local server. The key is sent there.',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { Authorization: '=Bearer {{$credentials.apiKey}}' } },
	};

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{($credentials.baseUrl || "https://api.therouter.ai").replace(/\\/+$/, "")}}',
			// Lists the account's keys, so it must look at this one; what GET /v1/models does with a bad key is not documented.
			url: '/v1/customer/api-keys',
			// n8n would follow a redirect to another host with the key.
			disableFollowRedirect: true,
		},
	};
}
