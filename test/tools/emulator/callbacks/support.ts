import type { Emulator, ProviderId } from '../../../../tools/emulator/index';
import { type Call, headerOf, http, listenForCalls, until } from '../support';

/** The providers that report the end of a job. */
export const reporting = [
	'aiGenerate',
	'blackForestLabs',
	'fal',
	'replicate',
	'runpod',
] as const satisfies readonly ProviderId[];
export type Reporting = (typeof reporting)[number];

type Submit = (url: string, image: string) => { path: string; body: object };

const submits: Record<Reporting, Submit> = {
	aiGenerate: (callBackUrl) => ({
		path: '/api/v1/flux/kontext/generate',
		body: { prompt: 'a fox', callBackUrl },
	}),
	blackForestLabs: (webhook_url) => ({
		path: '/v1/flux-kontext-pro',
		body: { prompt: 'a fox', webhook_url, webhook_secret: 's3cret' },
	}),
	fal: (url) => ({
		path: `/fal-ai/flux-pro/kontext/text-to-image?fal_webhook=${encodeURIComponent(url)}`,
		body: { prompt: 'a fox' },
	}),
	replicate: (webhook) => ({
		path: '/models/black-forest-labs/flux-kontext-pro/predictions',
		body: { input: { prompt: 'a fox' }, webhook, webhook_events_filter: ['completed'] },
	}),
	runpod: (webhook, image) => ({
		path: '/black-forest-labs-flux-1-kontext-dev/run',
		body: { input: { prompt: 'at night', image }, webhook },
	}),
};

export const keyOf = ({ providers }: Emulator, id: Reporting): { headers: Record<string, string> } => {
	const { apiKey } = providers[id];
	if (id === 'blackForestLabs') return { headers: { 'x-key': apiKey } };
	return { headers: { authorization: `${id === 'fal' ? 'Key' : 'Bearer'} ${apiKey}` } };
};

/** Submits a job of the provider that is to be reported there. */
export async function submit(emulator: Emulator, id: Reporting, url: string, more: object = {}) {
	const { path, body } = submits[id](url, emulator.sampleImage.url);
	return await http.post(
		`${emulator.providers[id].baseUrl}${path}`,
		{ ...body, ...more },
		keyOf(emulator, id),
	);
}

export const jsonOf = (call: Call | undefined) => JSON.parse(call?.raw ?? '') as Record<string, unknown>;

export type Hook = Awaited<ReturnType<typeof listenForCalls>>;

/** When so many calls have come. */
export const calls = async (hook: Hook, wanted: number): Promise<Call[]> =>
	await until(
		() => hook.calls,
		({ length }) => length >= wanted,
	);

/** When so many calls have been answered. */
export const answered = async ({ callbacks }: Emulator, wanted: number): Promise<number[]> =>
	await until(
		() => callbacks.map(({ status }) => status),
		(all) => all.length >= wanted && !all.includes(0),
	);

/** The first call about a job that was submitted there and then. */
export async function reported(emulator: Emulator, id: Reporting, more: object = {}): Promise<Call> {
	const hook = await listenForCalls();
	const answer = await submit(emulator, id, hook.url, more);
	expect(headerOf(answer, 'content-type')).toContain('application/json');
	expect([200, 201, 202]).toContain(answer.status);
	const [call] = await calls(hook, 1);
	await answered(emulator, 1);
	await hook.close();
	if (call === undefined) throw new Error('It was not called');
	return call;
}
