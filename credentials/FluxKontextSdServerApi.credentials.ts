import type {
	IAuthenticate,
	ICredentialTestRequest,
	ICredentialType,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

import { optionalBearer } from '../nodes/FluxKontext/transport/optionalBearer';

export class FluxKontextSdServerApi implements ICredentialType {
	name = 'fluxKontextSdServerApi';

	displayName = 'Flux Kontext: Stable-Diffusion.cpp Server API';

	icon: Icon = { light: 'file:../icons/sdServer.svg', dark: 'file:../icons/sdServer.dark.svg' };

	documentationUrl = 'https://github.com/leejet/stable-diffusion.cpp';

	properties: INodeProperties[] = [
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'http://127.0.0.1:1234',
			placeholder: 'e.g. http://127.0.0.1:1234',
			description: 'Where the server listens. The key, if there is one, is sent there.',
		},
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'The server asks for none: only for a proxy in front of it that does',
		},
	];

	authenticate: IAuthenticate = optionalBearer;

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{($credentials.baseUrl || "http://127.0.0.1:1234").replace(/\\/+$/, "")}}',
			url: '/sdcpp/v1/capabilities',
			// n8n would follow a redirect to another host with the key.
			disableFollowRedirect: true,
		},
	};
}
