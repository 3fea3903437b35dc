import type {
	IAuthenticate,
	ICredentialTestRequest,
	ICredentialType,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

import { trustedHosts } from '../nodes/FluxKontext/providers/fal/endpoints';
import { apiKeyField, baseUrlField } from '../nodes/FluxKontext/transport/credentialTypes/fields';
import { keyHeader } from '../nodes/FluxKontext/transport/credentialTypes/keyHeader';
import {
	baseUrlExpression,
	failOnRejectedKey,
	testRequest,
} from '../nodes/FluxKontext/transport/credentialTypes/testRequest';

const BASE_URL = 'https://queue.fal.run';
const PRICING_URL = 'https://api.fal.ai';

/** Credential type of Fal. */
export class FluxKontextFalApi implements ICredentialType {
	name = 'fluxKontextFalApi';

	displayName = 'Flux Kontext: Fal API';

	icon: Icon = { light: 'file:../icons/fal.svg', dark: 'file:../icons/fal.dark.svg' };

	documentationUrl = 'https://fal.ai/docs/documentation/setting-up/authentication';

	properties: INodeProperties[] = [apiKeyField(), baseUrlField(BASE_URL)];

	authenticate: IAuthenticate = keyHeader({
		scheme: 'Key',
		defaultBaseUrl: BASE_URL,
		hosts: [...trustedHosts, new URL(PRICING_URL).hostname],
	});

	test: ICredentialTestRequest = {
		request: {
			// The queue answers "not found" for a job that does not exist, whatever the key. Prices are free
			// and require a key.
			...testRequest(BASE_URL, '/v1/models/pricing?endpoint_id=fal-ai/flux-pro/kontext'),
			// Another host of fal serves them in place of the queue; a custom base URL is requested as it is.
			baseURL: `={{${baseUrlExpression(BASE_URL)}.replace("${BASE_URL}", "${PRICING_URL}")}}`,
			// A proxy of the queue alone answers "not found" for prices.
			...failOnRejectedKey,
		},
	};
}
