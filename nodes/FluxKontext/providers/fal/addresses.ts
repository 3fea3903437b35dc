import { jobAddress } from '../shared/addresses';
import { defaultBaseUrl, trustedHosts } from './endpoints';
import type { FalHandle } from './handle';

/** What follows the address of a job: nothing for its result. */
type Suffix = '' | '/response' | '/status' | '/cancel';

/** Segments of an endpoint that name the app: owner and app. Its own clients leave out what follows. */
const APP_SEGMENTS = 2;

function jobPath(
	{ id, endpoint }: Pick<FalHandle, 'id' | 'endpoint'>,
	segments: number,
	suffix: Suffix,
): string {
	const app = endpoint.split('/').slice(0, segments).map(encodeURIComponent).join('/');
	return `/${app}/requests/${encodeURIComponent(id)}${suffix}`;
}

/**
 * Returns an address of this job out of a response or a job record; `null` for any other address. It lies
 * below the app, or below the endpoint of the submit.
 */
export function ownAddress(
	url: string | null | undefined,
	handle: Pick<FalHandle, 'id' | 'endpoint'>,
	suffix: Suffix,
	baseUrl: string,
): string | null {
	const all = handle.endpoint.split('/').length;
	return jobAddress(url, { baseUrl, defaultBaseUrl, trustedHosts }, (path) =>
		Array.from({ length: all - APP_SEGMENTS + 1 }, (_, more) => APP_SEGMENTS + more).some(
			(segments) => path === jobPath(handle, segments, suffix),
		),
	);
}

/** Returns the address of a job's result out of a response or a job record; `null` for any other address. */
export const ownResultAddress = (
	url: string | null | undefined,
	handle: Pick<FalHandle, 'id' | 'endpoint'>,
	baseUrl: string,
): string | null => ownAddress(url, handle, '', baseUrl) ?? ownAddress(url, handle, '/response', baseUrl);

/** Builds the address of a job as fal's own clients do: from owner and app. */
export const builtAddress = (handle: FalHandle, suffix: Suffix, baseUrl: string): string =>
	`${baseUrl}${jobPath(handle, APP_SEGMENTS, suffix)}`;
