import type { IAuthenticate } from 'n8n-workflow';

/**
 * Adds the key of a self-hosted server, if there is one, as a bearer token. n8n's generic form would send an
 * empty Authorization header where there is none.
 */
export const optionalBearer: IAuthenticate = async ({ apiKey }, request) =>
	await Promise.resolve(
		typeof apiKey === 'string' && apiKey !== ''
			? { ...request, headers: { ...request.headers, Authorization: `Bearer ${apiKey}` } }
			: request,
	);
