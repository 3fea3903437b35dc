import { http, useEmulator, waitUntil } from '../../support';

/** Body of the response to a submit. */
export interface Submitted {
	status: string;
	request_id: string;
	response_url: string;
	status_url: string;
	cancel_url: string;
}

/** Body of the result of a succeeded job. */
export interface Result {
	images: Array<{ url: string; content_type: string }>;
	has_nsfw_concepts: boolean[];
}

/** Endpoint of an edit. */
export const edit = 'fal-ai/flux-pro/kontext';

/** Endpoint of an edit with the open model. */
export const dev = 'fal-ai/flux-kontext/dev';

/** Returns the summary of the response to an invalid body. */
export const error = (msg: string, type: string, ...loc: Array<string | number>) => ({
	status: 422,
	data: { detail: [{ loc: ['body', ...loc], msg, type }] },
});

/**
 * Starts the emulator for the tests of a file. Returns it with functions that send requests to the provider.
 */
export function useFal() {
	const fixture = useEmulator();
	const generate = 'fal-ai/flux-pro/kontext/text-to-image';
	const api = () => fixture.emulator.providers.fal;
	const withKey = () => ({ headers: { authorization: `Key ${api().apiKey}` } });
	const post = async (endpoint: string, body: unknown) =>
		await http.post(`${api().baseUrl}/${endpoint}`, body, withKey());
	const get = async <T>(url: string) => await http.get<T>(url, withKey());
	const put = async (url: string) => {
		const response = await fetch(url, { method: 'PUT', ...withKey() });
		const data: unknown = await response.json();
		return { status: response.status, data };
	};
	const accepted = async (endpoint = generate, more: object = {}): Promise<Submitted> =>
		(await post(endpoint, { prompt: 'a fox', ...more })).data as unknown as Submitted;
	const completed = async ({ status_url }: Submitted) =>
		await waitUntil(
			async () => await get<{ status: string }>(status_url),
			({ data }) => data.status === 'COMPLETED',
		);
	const resultOf = async (submitted: Submitted) => {
		await completed(submitted);
		return await get<Result>(submitted.response_url);
	};
	const image = () => fixture.emulator.sampleImage.url;
	return { fixture, generate, api, withKey, post, get, put, accepted, completed, resultOf, image };
}
