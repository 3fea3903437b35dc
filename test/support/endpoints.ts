import type { ProviderContext } from '../../index';
import type { HttpRequest } from '../../nodes/FluxKontext/core/http/ports';
import type { Handle } from '../../nodes/FluxKontext/core/job/snapshot';
import {
	isJobProvider,
	type CancelEndpoint,
	type JobEndpoint,
	type Provider,
} from '../../nodes/FluxKontext/core/provider';

/** Endpoints of a provider's jobs; all are `undefined` for a synchronous provider. */
export interface JobEndpoints {
	status?: JobEndpoint;
	result?: JobEndpoint | undefined;
	cancel?: CancelEndpoint | undefined;
}

/** Returns the endpoints of a provider's jobs. */
export function endpointsOf(provider: Provider): JobEndpoints {
	if (!isJobProvider(provider)) return {};
	const { status, result, cancel } = provider;
	return { status, result, cancel };
}

/** Lists the requests that a handle leads to. */
export function requestsOf(provider: Provider, handle: Handle, context: ProviderContext): HttpRequest[] {
	const { status, result, cancel } = endpointsOf(provider);
	return [status, result, cancel].flatMap((endpoint) =>
		endpoint ? [endpoint.build(handle, context)] : [],
	);
}

/** Lists the addresses that a handle leads to. */
export const addressesOf = (provider: Provider, handle: Handle, context: ProviderContext): string[] =>
	requestsOf(provider, handle, context).map(({ url }) => url);
