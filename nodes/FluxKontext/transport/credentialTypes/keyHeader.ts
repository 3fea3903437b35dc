import type { IAuthenticateGeneric } from 'n8n-workflow';

/** Sends the key in the header `name`, preceded by `scheme` and a space if there is one. */
export const keyHeader = (name: string, scheme?: string): IAuthenticateGeneric => ({
	type: 'generic',
	properties: {
		headers: { [name]: `=${scheme === undefined ? '' : `${scheme} `}{{$credentials.apiKey}}` },
	},
});
