import type {
	IAuthenticate,
	ICredentialTestRequest,
	ICredentialType,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

import { trustedHosts } from '../nodes/FluxKontext/providers/blackForestLabs/addresses';
import { apiKeyField, baseUrlField } from '../nodes/FluxKontext/transport/credentialTypes/fields';
import { keyHeader } from '../nodes/FluxKontext/transport/credentialTypes/keyHeader';
import { testRequest } from '../nodes/FluxKontext/transport/credentialTypes/testRequest';

const BASE_URL = 'https://api.bfl.ai';

/** Credential type of Black Forest Labs. */
export class FluxKontextBlackForestLabsApi implements ICredentialType {
	name = 'fluxKontextBlackForestLabsApi';

	displayName = 'Flux Kontext: Black Forest Labs API';

	icon: Icon = {
		light: 'file:../icons/blackForestLabs.svg',
		dark: 'file:../icons/blackForestLabs.dark.svg',
	};

	documentationUrl = 'https://docs.bfl.ai/quick_start/create_account';

	properties: INodeProperties[] = [apiKeyField(), baseUrlField(BASE_URL)];

	authenticate: IAuthenticate = keyHeader({
		header: 'x-key',
		defaultBaseUrl: BASE_URL,
		hosts: trustedHosts,
	});

	test: ICredentialTestRequest = { request: testRequest(BASE_URL, '/v1/credits') };
}
