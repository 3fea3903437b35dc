import type {
	IAuthenticateGeneric,
	ICredentialTestRequest,
	ICredentialType,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

export class FluxKontextSiliconFlowApi implements ICredentialType {
	name = 'fluxKontextSiliconFlowApi';

	displayName = 'Flux Kontext: SiliconFlow API';

	icon: Icon = { light: 'file:../icons/siliconFlow.svg', dark: 'file:../icons/siliconFlow.dark.svg' };

	documentationUrl = 'https://docs.siliconflow.com/en/userguide/quickstart';

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
			default: 'https://api.siliconflow.com/v1',
			placeholder: 'e.g. https://api.siliconflow.com/v1',
			description: 'For a regional host, a proxy or a local server. The key is sent there.',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { Authorization: '=Bearer {{$credentials.apiKey}}' } },
	};

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{($credentials.baseUrl || "https://api.siliconflow.com/v1").replace(/\\/+$/, "")}}',
			url: '/user/info',
			// n8n would follow a redirect to another host with the key.
			disableFollowRedirect: true,
		},
	};
}
