import type {
	IAuthenticateGeneric,
	ICredentialTestRequest,
	ICredentialType,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

export class FluxKontextRunpodApi implements ICredentialType {
	name = 'fluxKontextRunpodApi';

	displayName = 'Flux Kontext: Runpod API';

	icon: Icon = { light: 'file:../icons/runpod.svg', dark: 'file:../icons/runpod.dark.svg' };

	documentationUrl = 'https://docs.runpod.io/get-started/api-keys';

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
			default: 'https://api.runpod.ai/v2',
			placeholder: 'e.g. https://api.runpod.ai/v2',
			description: 'For a regional host, a proxy or a local server. The key is sent there.',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { Authorization: '=Bearer {{$credentials.apiKey}}' } },
	};

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{($credentials.baseUrl || "https://api.runpod.ai/v2").replace(/\\/+$/, "")}}',
			// No documented request checks a restricted key for free: a job that does not exist is "not found" for a good
			// key and "unauthorized" for a bad one.
			url: '/black-forest-labs-flux-1-kontext-dev/status/credential-test',
			// n8n would follow a redirect to another host with the key.
			disableFollowRedirect: true,
			ignoreHttpStatusErrors: {
				ignore: true,
				except: [301, 302, 307, 308, 401, 403, 429, 500, 502, 503, 504],
			},
		},
	};
}
