import { http, useEmulator, waitUntil } from '../../support';

/** Returns the summary of the response to an invalid body. */
export const detail = (loc: string[], msg: string, type: string) => ({
	status: 422,
	data: { detail: [{ loc: ['body', ...loc], msg, type }] },
});

/**
 * Starts the emulator for the tests of a file. Returns it with functions that send requests to the provider.
 */
export function useBlackForestLabs() {
	const fixture = useEmulator();
	const bfl = () => fixture.emulator.providers.blackForestLabs;
	const withKey = () => ({ headers: { 'x-key': bfl().apiKey } });
	const post = async (body: unknown, model = 'flux-kontext-pro') =>
		await http.post(`${bfl().baseUrl}/v1/${model}`, body, withKey());
	const get = async (path: string) => await http.get(`${bfl().baseUrl}${path}`, withKey());
	const ended = async (pollingUrl: string) =>
		await waitUntil(
			async () => await http.get(pollingUrl, withKey()),
			({ data }) => data.status !== 'Pending',
		);
	const bareSample = () => fixture.emulator.sampleImage.bytes.toString('base64');
	return { fixture, bfl, withKey, post, get, ended, bareSample };
}
