import type {
	IAuthenticate,
	ICredentialTestRequest,
	ICredentialType,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

import { apiKeyField, baseUrlField } from '../nodes/FluxKontext/transport/credentialTypes/fields';
import { keyHeader } from '../nodes/FluxKontext/transport/credentialTypes/keyHeader';
import { testRequest } from '../nodes/FluxKontext/transport/credentialTypes/testRequest';

const BASE_URL = 'https://api.lumenfall.ai';

/** Credential type of Lumenfall. */
export class FluxKontextLumenfallApi implements ICredentialType {
	name = 'fluxKontextLumenfallApi';

	displayName = 'Flux Kontext: Lumenfall API';

	icon: Icon = { light: 'file:../icons/lumenfall.svg', dark: 'file:../icons/lumenfall.dark.svg' };

	documentationUrl = 'https://docs.lumenfall.ai/client-libraries/http';

	properties: INodeProperties[] = [
		apiKeyField(),
		{
			...baseUrlField(BASE_URL),
			description: 'For a proxy or a local server. The key is sent there.',
		},
	];

	authenticate: IAuthenticate = keyHeader({ scheme: 'Bearer', defaultBaseUrl: BASE_URL });

	test: ICredentialTestRequest = { request: testRequest(BASE_URL, '/v1/balance') };
}
