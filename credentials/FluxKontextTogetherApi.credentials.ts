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

const BASE_URL = 'https://api.together.xyz/v1';

/** Credential type of Together AI. */
export class FluxKontextTogetherApi implements ICredentialType {
	name = 'fluxKontextTogetherApi';

	displayName = 'Flux Kontext: Together AI API';

	icon: Icon = { light: 'file:../icons/together.svg', dark: 'file:../icons/together.dark.svg' };

	documentationUrl = 'https://docs.together.ai/reference/authentication-1';

	properties: INodeProperties[] = [apiKeyField(), baseUrlField(BASE_URL)];

	authenticate: IAuthenticate = keyHeader({ scheme: 'Bearer', defaultBaseUrl: BASE_URL });

	test: ICredentialTestRequest = { request: testRequest(BASE_URL, '/models') };
}
