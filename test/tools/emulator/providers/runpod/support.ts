import { bearer, http, useEmulator, waitUntil } from '../../support';

/**
 * Starts the emulator for the tests of a file. Returns it with functions that send requests to the provider.
 */
export function useRunpod() {
	const fixture = useEmulator();
	const runpod = () => fixture.emulator.providers.runpod;
	const endpoint = () => `${runpod().baseUrl}/black-forest-labs-flux-1-kontext-dev`;
	const withKey = () => bearer(fixture.emulator, 'runpod');
	const input = (fields: object = {}) => ({
		prompt: 'make it night',
		image: fixture.emulator.sampleImage.url,
		...fields,
	});
	const run = async (body: unknown) => await http.post(`${endpoint()}/run`, body, withKey());
	const status = async (id: string) => await http.get(`${endpoint()}/status/${id}`, withKey());
	const cancel = async (id: string) => await http.post(`${endpoint()}/cancel/${id}`, undefined, withKey());
	const ended = async (id: string) =>
		await waitUntil(
			async () => await status(id),
			({ data }) => !['IN_QUEUE', 'IN_PROGRESS'].includes(data.status),
		);
	const accepted = async (body: unknown = { input: input() }): Promise<string> => (await run(body)).data.id;
	const error = (code: number, message: string) => ({ status: code, data: { error: message } });
	return { fixture, runpod, endpoint, withKey, input, run, status, cancel, ended, accepted, error };
}
