import { bearer, type Data, formOf, http, type Parts, useEmulator, waitUntil } from '../../support';

/** The model of all requests. */
export const model = 'black-forest-labs/flux-kontext-dev';

/** Lifetime of a job in seconds. */
export const week = 604_800;

/** Path of the asynchronous generation endpoint. */
export const generations = '/v1/images/generations?async=true';

/** Path of the asynchronous edit endpoint. */
export const edits = '/v1/images/edits?async=true';

/** Returns the image URL of a succeeded job, whichever form the response has. */
export const imageOf = ({ unsigned_urls, result }: Partial<Data>): string =>
	unsigned_urls?.[0] ?? result?.data[0].url ?? '';

/** Returns the summary of an error response. */
export const error = (
	status: number,
	message: string,
	code = 'invalid_request',
	type = 'invalid_request_error',
) => ({
	status,
	data: { error: { message, type, code } },
});

/**
 * Starts the emulator for the tests of a file. Returns it with functions that send requests to the provider.
 */
export function useTheRouter() {
	const fixture = useEmulator();
	const router = () => fixture.emulator.providers.theRouter;
	const withKey = () => bearer(fixture.emulator, 'theRouter');
	const get = async (path: string) => await http.get(`${router().baseUrl}${path}`, withKey());
	const generate = async (body: unknown, path = generations) =>
		await http.post(`${router().baseUrl}${path}`, body, withKey());
	const edit = async (parts: Parts, path = edits) =>
		await http.post(`${router().baseUrl}${path}`, formOf(parts), withKey());
	const sample = (type = 'image/png') =>
		new Blob([new Uint8Array(fixture.emulator.sampleImage.bytes)], { type });
	const ended = async (id: string) =>
		await waitUntil(
			async () => await get(`/v1/jobs/${id}`),
			({ data }) => !['queued', 'in_progress'].includes(data.status),
		);
	return { fixture, router, withKey, get, generate, edit, sample, ended };
}
