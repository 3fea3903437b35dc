import type {
	IAuthenticate,
	ICredentialTestRequest,
	ICredentialType,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

import { trustedHosts } from '../nodes/FluxKontext/providers/replicate/addresses';
import { apiKeyField, baseUrlField } from '../nodes/FluxKontext/transport/credentialTypes/fields';
import { keyHeader } from '../nodes/FluxKontext/transport/credentialTypes/keyHeader';
import { testRequest } from '../nodes/FluxKontext/transport/credentialTypes/testRequest';

const BASE_URL = 'https://api.replicate.com/v1';

/** Credential type of Replicate. */
export class FluxKontextReplicateApi implements ICredentialType {
	name = 'fluxKontextReplicateApi';

	displayName = 'Flux Kontext: Replicate API';

	icon: Icon = { light: 'file:../icons/replicate.svg', dark: 'file:../icons/replicate.dark.svg' };

	documentationUrl = 'https://replicate.com/docs/topics/security/api-tokens';

	properties: INodeProperties[] = [apiKeyField(), baseUrlField(BASE_URL)];

	authenticate: IAuthenticate = keyHeader({
		scheme: 'Bearer',
		defaultBaseUrl: BASE_URL,
		hosts: trustedHosts,
	});

	test: ICredentialTestRequest = { request: testRequest(BASE_URL, '/account') };
}
