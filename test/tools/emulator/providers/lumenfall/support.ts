import { bearer, formOf, http, type Parts, useEmulator } from '../../support';

/** The model of most requests. */
export const model = 'flux.1-kontext-dev';

/** Path of the generation endpoint. */
export const generations = '/openai/v1/images/generations';

/** Path of the edit endpoint. */
export const edits = '/openai/v1/images/edits';

/** Returns the summary of an error response. */
export const error = (
	status: number,
	message: string,
	code = 'INVALID_REQUEST',
	type = 'invalid_request_error',
) => ({
	status,
	data: { error: { message, type, code } },
});

/** Fields of a successful response that the tests read. */
export interface ImagesBody {
	size: string;
	data: Array<{ url: string; b64_json: string }>;
}

/** Returns the body of a successful response. */
export const imagesBodyOf = ({ data }: { data: unknown }): ImagesBody => data as ImagesBody;

/** Returns the URL of the first image of a response. */
export const urlOf = (answer: { data: unknown }): string => imagesBodyOf(answer).data[0]?.url ?? '';

/**
 * Starts the emulator for the tests of a file. Returns it with functions that send requests to the provider.
 */
export function useLumenfall() {
	const fixture = useEmulator();
	const lumenfall = () => fixture.emulator.providers.lumenfall;
	const withKey = () => bearer(fixture.emulator, 'lumenfall');
	const generate = async (body: object, path = generations) =>
		await http.post(`${lumenfall().baseUrl}${path}`, { model, prompt: 'a red fox', ...body }, withKey());
	const edit = async (parts: Parts, path = edits) =>
		await http.post(
			`${lumenfall().baseUrl}${path}`,
			formOf({ model, prompt: 'make it night', ...parts }),
			withKey(),
		);
	const sample = (type = 'image/png') =>
		new Blob([new Uint8Array(fixture.emulator.sampleImage.bytes)], { type });
	return { fixture, lumenfall, withKey, generate, edit, sample };
}
