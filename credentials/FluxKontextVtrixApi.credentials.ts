import type {
	IAuthenticateGeneric,
	ICredentialTestRequest,
	ICredentialType,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

export class FluxKontextVtrixApi implements ICredentialType {
	name = 'fluxKontextVtrixApi';

	displayName = 'Flux Kontext: Vtrix API';

	icon: Icon = { light: 'file:../icons/vtrix.svg', dark: 'file:../icons/vtrix.dark.svg' };

	documentationUrl = 'https://doc.vtrix.ai/docs/api/blackforestlabs/flux-kontext-pro';

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
			default: 'https://cloud.vtrix.ai/model',
			placeholder: 'e.g. https://cloud.vtrix.ai/model',
			description: 'For a regional host, a proxy or a local server. The key is sent there.',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { Authorization: '=Bearer {{$credentials.apiKey}}' } },
	};

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{($credentials.baseUrl || "https://cloud.vtrix.ai/model").replace(/\\/+$/, "")}}',
			// No request that checks a key is documented: a task that does not exist is "not found" for a good key and
			// "unauthorized" for a bad one.
			url: '/v1/generation/task/credential-test',
			// n8n would follow a redirect to another host with the key.
			disableFollowRedirect: true,
			ignoreHttpStatusErrors: {
				ignore: true,
				except: [301, 302, 307, 308, 401, 403, 429, 500, 502, 503, 504],
			},
		},
	};
}
