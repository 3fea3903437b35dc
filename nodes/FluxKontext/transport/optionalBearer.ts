import type { IAuthenticate } from 'n8n-workflow';

/**
 * How a self-hosted server is told its key, if there is one. Not n8n's generic form: that would send an empty
 * Authorization header where there is none.
 */
export const optionalBearer: IAuthenticate = async ({ apiKey }, request) =>
	await Promise.resolve(
		typeof apiKey === 'string' && apiKey !== ''
			? { ...request, headers: { ...request.headers, Authorization: `Bearer ${apiKey}` } }
			: request,
	);
