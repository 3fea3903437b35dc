import type {
	IAuthenticate,
	ICredentialTestRequest,
	ICredentialType,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

import { optionalBearer } from '../nodes/FluxKontext/transport/optionalBearer';

export class FluxKontextOpenAiCompatibleApi implements ICredentialType {
	name = 'fluxKontextOpenAiCompatibleApi';

	displayName = 'Flux Kontext: OpenAI-Compatible Server API';

	icon: Icon = {
		light: 'file:../icons/openAiCompatible.svg',
		dark: 'file:../icons/openAiCompatible.dark.svg',
	};

	documentationUrl = 'https://github.com/mudler/LocalAI';

	properties: INodeProperties[] = [
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. http://localhost:8080/v1',
			description: 'The address of the server, which usually ends in /v1. The key is sent there.',
		},
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Leave empty where the server asks for none',
		},
	];

	authenticate: IAuthenticate = optionalBearer;

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{($credentials.baseUrl || "").replace(/\\/+$/, "")}}',
			url: '/models',
			// n8n would follow a redirect to another host with the key.
			disableFollowRedirect: true,
		},
	};
}
