import type {
	IAuthenticateGeneric,
	ICredentialTestRequest,
	ICredentialType,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

export class FluxKontextAiGenerateApi implements ICredentialType {
	name = 'fluxKontextAiGenerateApi';

	displayName = 'Flux Kontext: AI Generate API';

	icon: Icon = { light: 'file:../icons/aiGenerate.svg', dark: 'file:../icons/aiGenerate.dark.svg' };

	documentationUrl = 'https://docs.aimarcusimage.eu/el/docs';

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
			default: 'https://aimarcusimage.eu',
			placeholder: 'e.g. https://aimarcusimage.eu',
			description: 'For a regional host, a proxy or a local server. The key is sent there.',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { Authorization: '=Bearer {{$credentials.apiKey}}' } },
	};

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{($credentials.baseUrl || "https://aimarcusimage.eu").replace(/\\/+$/, "")}}',
			// No request that checks a key is documented: a task that does not exist is "not found" for a good key and
			// "no access" for a bad one.
			url: '/api/v1/flux/kontext/record-info?taskId=credential-test',
			// n8n would follow a redirect to another host with the key.
			disableFollowRedirect: true,
			ignoreHttpStatusErrors: {
				ignore: true,
				except: [301, 302, 307, 308, 401, 403, 429, 500, 502, 503, 504],
			},
		},
		// Errors may come as an answer of 200 with a code in it.
		rules: [
			{
				type: 'responseSuccessBody',
				properties: { key: 'code', value: 401, message: 'The API key is not valid' },
			},
		],
	};
}
