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

const BASE_URL = 'https://api.therouter.ai';

/** Credential type of TheRouter. */
export class FluxKontextTheRouterApi implements ICredentialType {
	name = 'fluxKontextTheRouterApi';

	displayName = 'Flux Kontext: TheRouter API';

	icon: Icon = { light: 'file:../icons/theRouter.svg', dark: 'file:../icons/theRouter.dark.svg' };

	documentationUrl = 'https://therouter.ai/docs/api/reference/authentication';

	properties: INodeProperties[] = [apiKeyField(), baseUrlField(BASE_URL)];

	authenticate: IAuthenticate = keyHeader({ scheme: 'Bearer', defaultBaseUrl: BASE_URL });

	// Listing the account's keys requires a valid one. Whether GET /v1/models rejects an invalid key is not
	// documented.
	test: ICredentialTestRequest = { request: testRequest(BASE_URL, '/v1/customer/api-keys') };
}
