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

const BASE_URL = 'https://aimarcusimage.eu';

/** Credential type of AI Generate. */
export class FluxKontextAiGenerateApi implements ICredentialType {
	name = 'fluxKontextAiGenerateApi';

	displayName = 'Flux Kontext: AI Generate API';

	icon: Icon = { light: 'file:../icons/aiGenerate.svg', dark: 'file:../icons/aiGenerate.dark.svg' };

	documentationUrl = 'https://docs.aimarcusimage.eu/el/docs';

	properties: INodeProperties[] = [apiKeyField(), baseUrlField(BASE_URL)];

	authenticate: IAuthenticate = keyHeader({ scheme: 'Bearer', defaultBaseUrl: BASE_URL });

	test: ICredentialTestRequest = {
		request: {
			// No request that checks a key is documented. For a task that does not exist, a valid key gets
			// "not found" and an invalid one "no access".
			...testRequest(BASE_URL, '/api/v1/flux/kontext/record-info?taskId=credential-test'),
			...failOnRejectedKey,
		},
		// Errors may arrive in a response of status 200 that contains a code.
		rules: [
			{
				type: 'responseSuccessBody',
				properties: { key: 'code', value: 401, message: 'The API key is not valid' },
			},
		],
	};
}
