import type {
	IAuthenticateGeneric,
	ICredentialTestRequest,
	ICredentialType,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

export class FluxKontextFalApi implements ICredentialType {
	name = 'fluxKontextFalApi';

	displayName = 'Flux Kontext: Fal API';

	icon: Icon = { light: 'file:../icons/fal.svg', dark: 'file:../icons/fal.dark.svg' };

	documentationUrl = 'https://fal.ai/docs/documentation/setting-up/authentication';

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
			default: 'https://queue.fal.run',
			placeholder: 'e.g. https://queue.fal.run',
			description: 'For a regional host, a proxy or a local server. The key is sent there.',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { Authorization: '=Key {{$credentials.apiKey}}' } },
	};

	test: ICredentialTestRequest = {
		request: {
			// The queue answers "not found" for a job that does not exist, whatever the key; prices are free and ask for one.
			// They are served by fal's other host, and by whatever was typed in place of the queue's.
			baseURL:
				'={{($credentials.baseUrl || "https://queue.fal.run").replace(/\\/+$/, "").replace("https://queue.fal.run", "https://api.fal.ai")}}',
			url: '/v1/models/pricing?endpoint_id=fal-ai/flux-pro/kontext',
			// n8n would follow a redirect to another host with the key.
			disableFollowRedirect: true,
			// A proxy of the queue alone knows no prices.
			ignoreHttpStatusErrors: {
				ignore: true,
				except: [301, 302, 307, 308, 401, 403, 429, 500, 502, 503, 504],
			},
		},
	};
}
