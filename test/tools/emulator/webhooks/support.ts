import type { Emulator, ProviderId } from '../../../../tools/emulator/index';
import { type Delivery, headerOf, http, startWebhookReceiver, waitUntil } from '../support';

/** The providers that report the end of a job by webhook. */
export const webhookProviders = [
	'aiGenerate',
	'blackForestLabs',
	'fal',
	'replicate',
	'runpod',
] as const satisfies readonly ProviderId[];
/** Id of a provider with webhooks. */
export type WebhookProvider = (typeof webhookProviders)[number];

type Submit = (url: string, image: string) => { path: string; body: object };

const submits: Record<WebhookProvider, Submit> = {
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

/** Returns the request config with the provider's key. */
export const authHeaders = (
	{ providers }: Emulator,
	id: WebhookProvider,
): { headers: Record<string, string> } => {
	const { apiKey } = providers[id];
	if (id === 'blackForestLabs') return { headers: { 'x-key': apiKey } };
	return { headers: { authorization: `${id === 'fal' ? 'Key' : 'Bearer'} ${apiKey}` } };
};

/** Submits a job whose webhook is `url`. */
export async function submit(emulator: Emulator, id: WebhookProvider, url: string, more: object = {}) {
	const { path, body } = submits[id](url, emulator.sampleImage.url);
	return await http.post(
		`${emulator.providers[id].baseUrl}${path}`,
		{ ...body, ...more },
		authHeaders(emulator, id),
	);
}

/** Parses the body of a delivery. */
export const jsonOf = (delivery: Delivery | undefined) =>
	JSON.parse(delivery?.raw ?? '') as Record<string, unknown>;

/** A running webhook receiver. */
export type WebhookReceiver = Awaited<ReturnType<typeof startWebhookReceiver>>;

/** Resolves when the receiver has at least `count` deliveries. */
export const waitForDeliveries = async (receiver: WebhookReceiver, count: number): Promise<Delivery[]> =>
	await waitUntil(
		() => receiver.deliveries,
		({ length }) => length >= count,
	);

/** Resolves with the recorded statuses when at least `count` requests were sent and all are answered. */
export const waitForAnswers = async ({ callbacks }: Emulator, count: number): Promise<number[]> =>
	await waitUntil(
		() => callbacks.map(({ status }) => status),
		(statuses) => statuses.length >= count && !statuses.includes(0),
	);

/** Submits a job and resolves with the first delivery about it. */
export async function receiveWebhook(
	emulator: Emulator,
	id: WebhookProvider,
	more: object = {},
): Promise<Delivery> {
	const receiver = await startWebhookReceiver();
	const answer = await submit(emulator, id, receiver.url, more);
	expect(headerOf(answer, 'content-type')).toContain('application/json');
	expect([200, 201, 202]).toContain(answer.status);
	const [delivery] = await waitForDeliveries(receiver, 1);
	await waitForAnswers(emulator, 1);
	await receiver.close();
	if (delivery === undefined) throw new Error('The receiver got no request');
	return delivery;
}
