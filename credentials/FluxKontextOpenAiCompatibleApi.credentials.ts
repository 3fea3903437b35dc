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

/** Each server has its own address. */
const BASE_URL = '';

/** Credential type of OpenAI-Compatible Server. */
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
			...baseUrlField(BASE_URL),
			required: true,
			placeholder: 'e.g. http://localhost:8080/v1',
			description: 'The address of the server, which usually ends in /v1. The key is sent there.',
		},
		optionalApiKeyField('Leave empty if the server requires none'),
	];

	authenticate: IAuthenticate = keyHeader({ scheme: 'Bearer', defaultBaseUrl: BASE_URL });

	test: ICredentialTestRequest = { request: testRequest(BASE_URL, '/models') };
}
