import type {
	IAuthenticate,
	ICredentialTestRequest,
	ICredentialType,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

import { baseUrlField, optionalApiKeyField } from '../nodes/FluxKontext/transport/credentialTypes/fields';
import { testRequest } from '../nodes/FluxKontext/transport/credentialTypes/testRequest';
import { keyHeader } from '../nodes/FluxKontext/transport/credentialTypes/keyHeader';

const BASE_URL = 'http://127.0.0.1:1234';

/** Credential type of Stable-Diffusion.cpp Server. */
export class FluxKontextSdServerApi implements ICredentialType {
	name = 'fluxKontextSdServerApi';

	displayName = 'Flux Kontext: Stable-Diffusion.cpp Server API';

	icon: Icon = { light: 'file:../icons/sdServer.svg', dark: 'file:../icons/sdServer.dark.svg' };

	documentationUrl = 'https://github.com/leejet/stable-diffusion.cpp';

	properties: INodeProperties[] = [
		{
			...baseUrlField(BASE_URL),
			description: 'Where the server listens. The key, if there is one, is sent there.',
		},
		optionalApiKeyField('The server itself requires none. Set it only for a proxy that requires one.'),
	];

	authenticate: IAuthenticate = keyHeader({ scheme: 'Bearer', defaultBaseUrl: BASE_URL });

	test: ICredentialTestRequest = { request: testRequest(BASE_URL, '/sdcpp/v1/capabilities') };
}
