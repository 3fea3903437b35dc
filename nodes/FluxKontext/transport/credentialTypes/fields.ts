import type { INodeProperties } from 'n8n-workflow';

const apiKey = {
	displayName: 'API Key',
	name: 'apiKey',
	type: 'string',
	typeOptions: { password: true },
	default: '',
} as const satisfies INodeProperties;

/** Builds the field for the key of a provider that requires one. */
export const apiKeyField = (): INodeProperties => ({ ...apiKey, required: true });

/** Builds the field for the key of a server that may not require one; `description` says when it does. */
export const optionalApiKeyField = (description: string): INodeProperties => ({ ...apiKey, description });

/** Builds the field for the address of the API; an empty value means `defaultUrl`. */
export const baseUrlField = (defaultUrl: string): INodeProperties => ({
	displayName: 'Base URL',
	name: 'baseUrl',
	type: 'string',
	default: defaultUrl,
	placeholder: `e.g. ${defaultUrl}`,
	description: 'For a regional host, a proxy or a local server. The key is sent there.',
});
