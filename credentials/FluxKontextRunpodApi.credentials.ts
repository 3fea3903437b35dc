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

const BASE_URL = 'https://api.runpod.ai/v2';

/** Credential type of Runpod. */
export class FluxKontextRunpodApi implements ICredentialType {
	name = 'fluxKontextRunpodApi';

	displayName = 'Flux Kontext: Runpod API';

	icon: Icon = { light: 'file:../icons/runpod.svg', dark: 'file:../icons/runpod.dark.svg' };

	documentationUrl = 'https://docs.runpod.io/get-started/api-keys';

	properties: INodeProperties[] = [apiKeyField(), baseUrlField(BASE_URL)];

	authenticate: IAuthenticate = keyHeader({ scheme: 'Bearer', defaultBaseUrl: BASE_URL });

	test: ICredentialTestRequest = {
		request: {
			// No documented request checks a restricted key for free. For a job that does not exist, a valid
			// key gets "not found" and an invalid one "unauthorized".
			...testRequest(BASE_URL, '/black-forest-labs-flux-1-kontext-dev/status/credential-test'),
			...failOnRejectedKey,
		},
	};
}
