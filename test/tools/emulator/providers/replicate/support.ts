import { bearer, http, useEmulator, waitUntil } from '../../support';

/** Fields of a prediction that the tests read. */
export interface Prediction {
	id: string;
	status: string;
	output: string | string[] | null;
	error: string | null;
	data_removed: boolean;
}

/** Owner of the models. */
export const owner = 'black-forest-labs';

/** Returns the URL of the first image of a prediction. */
export const imageOf = ({ output }: Prediction): string => [output].flat()[0] ?? '';

/** Summary of the response for an unknown model or prediction. */
export const missing = {
	status: 404,
	data: { title: 'Not Found', detail: 'The requested resource could not be found.', status: 404 },
};

/**
 * Starts the emulator for the tests of a file. Returns it with functions that send requests to the provider.
 */
export function useReplicate() {
	const fixture = useEmulator();
	const api = () => fixture.emulator.providers.replicate;
	const withKey = () => bearer(fixture.emulator, 'replicate');
	const create = async (input: unknown, model = 'flux-kontext-pro', more: object = {}, prefer?: string) =>
		await http.post(
			`${api().baseUrl}/models/${owner}/${model}/predictions`,
			{ input, ...more },
			{ headers: { ...withKey().headers, ...(prefer && { prefer }) } },
		);
	const get = async (id: string) =>
		await http.get<Prediction>(`${api().baseUrl}/predictions/${id}`, withKey());
	const cancel = async (id: string) =>
		await http.post(`${api().baseUrl}/predictions/${id}/cancel`, undefined, withKey());
	const ended = async (id: string) =>
		await waitUntil(
			async () => await get(id),
			({ data }) => !['starting', 'processing'].includes(data.status),
		);
	const accepted = async (input: object = {}, model?: string): Promise<string> =>
		(await create({ prompt: 'a fox', ...input }, model)).data.id;
	const image = () => fixture.emulator.sampleImage.url;
	return { fixture, api, withKey, create, get, cancel, ended, accepted, image };
}
