import type {
	IAuthenticate,
	ICredentialTestRequest,
	ICredentialType,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

import { apiKeyField, baseUrlField } from '../nodes/FluxKontext/transport/credentialTypes/fields';
import { keyHeader } from '../nodes/FluxKontext/transport/credentialTypes/keyHeader';
import { failOnRejectedKey, testRequest } from '../nodes/FluxKontext/transport/credentialTypes/testRequest';

const BASE_URL = 'https://cloud.vtrix.ai/model';

/** Credential type of Vtrix. */
export class FluxKontextVtrixApi implements ICredentialType {
	name = 'fluxKontextVtrixApi';

	displayName = 'Flux Kontext: Vtrix API';

	icon: Icon = { light: 'file:../icons/vtrix.svg', dark: 'file:../icons/vtrix.dark.svg' };

	documentationUrl = 'https://doc.vtrix.ai/docs/api/blackforestlabs/flux-kontext-pro';

	properties: INodeProperties[] = [apiKeyField(), baseUrlField(BASE_URL)];

	authenticate: IAuthenticate = keyHeader({ scheme: 'Bearer', defaultBaseUrl: BASE_URL });

	test: ICredentialTestRequest = {
		request: {
			// No request that checks a key is documented. For a task that does not exist, a valid key gets
			// "not found" and an invalid one "unauthorized".
			...testRequest(BASE_URL, '/v1/generation/task/credential-test'),
			...failOnRejectedKey,
		},
	};
}
