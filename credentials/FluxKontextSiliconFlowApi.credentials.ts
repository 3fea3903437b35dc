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

const BASE_URL = 'https://api.siliconflow.com/v1';

/** Credential type of SiliconFlow. */
export class FluxKontextSiliconFlowApi implements ICredentialType {
	name = 'fluxKontextSiliconFlowApi';

	displayName = 'Flux Kontext: SiliconFlow API';

	icon: Icon = { light: 'file:../icons/siliconFlow.svg', dark: 'file:../icons/siliconFlow.dark.svg' };

	documentationUrl = 'https://docs.siliconflow.com/en/userguide/quickstart';

	properties: INodeProperties[] = [apiKeyField(), baseUrlField(BASE_URL)];

	authenticate: IAuthenticate = keyHeader({ scheme: 'Bearer', defaultBaseUrl: BASE_URL });

	test: ICredentialTestRequest = { request: testRequest(BASE_URL, '/user/info') };
}
