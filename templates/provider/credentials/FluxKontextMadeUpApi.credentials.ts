import type {
	IAuthenticate,
	ICredentialTestRequest,
	ICredentialType,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

import { keyHeader } from '../nodes/FluxKontext/transport/credentialTypes/keyHeader';
import { apiKeyField, baseUrlField } from '../nodes/FluxKontext/transport/credentialTypes/fields';
import { testRequest } from '../nodes/FluxKontext/transport/credentialTypes/testRequest';

const BASE_URL = 'https://api.made-up.example/v1';

/** Credential type of Made Up. */
export class FluxKontextMadeUpApi implements ICredentialType {
	name = 'fluxKontextMadeUpApi';

	displayName = 'Flux Kontext: Made Up API';

	icon: Icon = { light: 'file:../icons/madeUp.svg', dark: 'file:../icons/madeUp.dark.svg' };

	documentationUrl = 'https://docs.made-up.example/api-keys';

	properties: INodeProperties[] = [apiKeyField(), baseUrlField(BASE_URL)];

	authenticate: IAuthenticate = keyHeader({ scheme: 'Bearer', defaultBaseUrl: BASE_URL });

	// Costs nothing, and rejects an invalid key.
	test: ICredentialTestRequest = { request: testRequest(BASE_URL, '/account') };
}
