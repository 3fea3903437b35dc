import axios, { AxiosError, type AxiosRequestConfig, type AxiosResponse } from 'axios';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Emulator, type ProviderId, startEmulator } from '../../../tools/emulator/index';

// Resolves for every response, whatever its status, follows no redirects and uses no proxy.
const client = axios.create({
	validateStatus: () => true,
	maxRedirects: 0,
	proxy: false,
	timeout: 10_000,
});

/** Fields that tests read from a response body before they have asserted that these exist. */
export interface Data {
	id: string;
	status: string;
	polling_url: string;
	created_at: number;
	expires_at: number;
	unsigned_urls: [string];
	result: { sample: string; data: [{ url: string }] };
	output: { image_url: string; cost: number };
}

type Config = AxiosRequestConfig;
type Response<T> = Promise<AxiosResponse<T>>;

/** HTTP client of the tests. Rejects only for a request without a response. */
export const http = {
	get: async <T = Data>(url: string, config?: Config): Response<T> => await client.get<T>(url, config),
	post: async (url: string, body?: unknown, config?: Config): Response<Data> =>
		await client.post<Data>(url, body, config),
	delete: async (url: string): Response<unknown> => await client.delete<unknown>(url),
};

/** Resolves with the error code of a request that gets no response. */
export const errorCodeOf = async (response: Response<unknown>): Promise<string> =>
	await response.then(
		({ status }) => `answered ${status}`,
		(error: unknown) => (error instanceof AxiosError && error.code) || String(error),
	);

/** Returns a response header. */
export const headerOf = (response: AxiosResponse, name: string): string =>
	String((response.headers as Record<string, unknown>)[name]);

/** Jest's asymmetric matchers with the type `unknown` instead of `any`. */
export const like = {
	text: expect.any(String) as unknown,
	number: expect.any(Number) as unknown,
	containing: (text: string) => expect.stringContaining(text) as unknown,
	matching: (pattern: RegExp) => expect.stringMatching(pattern) as unknown,
	object: (part: object) => expect.objectContaining(part) as unknown,
};

/** Timing of a job that ends soon. */
export const fastTiming = { queueMs: 30, runMs: 60 };

/** Starts one emulator for all tests of a file. Before each test it is cleared and its timing is reset. */
export function useEmulator(): { emulator: Emulator } {
	const fixture = {} as { emulator: Emulator };
	beforeAll(async () => {
		fixture.emulator = await startEmulator({ timing: fastTiming });
	});
	beforeEach(() => {
		fixture.emulator.clear();
		Object.assign(fixture.emulator.timing, fastTiming);
	});
	afterEach(() => jest.restoreAllMocks());
	afterAll(async () => await fixture.emulator.close());
	return fixture;
}

const realNow = Date.now.bind(Date);

/** Sets the clock of this process, hence also the emulator's, `ms` milliseconds ahead of the real time. */
export function setClockAhead(ms: number): void {
	jest.spyOn(Date, 'now').mockImplementation(() => realNow() + ms);
}

/** Timing of a job that keeps its state until the clock is set ahead. */
export const slowTiming = { queueMs: 60_000, runMs: 60_000 };

/**
 * Makes all jobs run forever. For tests of what is accepted: no image is drawn, which takes most of the time.
 */
export const keepJobsActive = ({ inject }: Emulator): void =>
	inject({ stage: 'job', kind: 'never', times: Infinity });

/** Waits in real time. */
export const pause = async (ms: number): Promise<void> =>
	await new Promise((resolve) => setTimeout(resolve, ms));

/** Reads a value every 20 ms until it satisfies the condition. Rejects after 20 s. */
export async function waitUntil<T>(read: () => T | Promise<T>, condition: (value: T) => boolean): Promise<T> {
	for (let tries = 0; tries < 1000; tries += 1) {
		const value = await read();
		if (condition(value)) return value;
		await pause(20);
	}
	throw new Error('The condition was not met within 20 s');
}

/** Downloads an image and expects the status 200. */
export async function fetchImage(url: string): Promise<Buffer> {
	const { data, status } = await http.get<ArrayBuffer>(url, { responseType: 'arraybuffer' });
	expect(status).toBe(200);
	return Buffer.from(data);
}

/** Returns the request config with the provider's key as a Bearer token. */
export const bearer = ({ providers }: Emulator, id: ProviderId) => ({
	headers: { authorization: `Bearer ${providers[id].apiKey}` },
});

/** Fields and files of a form; a list stands for several of the same name. */
export type Parts = Record<string, string | Blob | ReadonlyArray<string | Blob>>;

/** Creates a form from its parts. */
export function formOf(parts: Parts): FormData {
	const form = new FormData();
	for (const [name, values] of Object.entries(parts))
		for (const value of [values].flat()) form.append(name, value);
	return form;
}

/** Returns the status and the body of a response. */
export const summary = ({ status, data }: AxiosResponse<unknown>) => ({ status, data });

/** A request to a webhook receiver. */
export interface Delivery {
	headers: IncomingHttpHeaders;
	raw: string;
}

/**
 * Starts a webhook receiver that answers with these statuses, then with 200; 0 stands for no response at all.
 */
export async function startWebhookReceiver(...statuses: number[]) {
	const deliveries: Delivery[] = [];
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			deliveries.push({ headers: request.headers, raw: Buffer.concat(chunks).toString() });
			const status = statuses.shift() ?? 200;
			if (status > 0) response.writeHead(status, { location: '/elsewhere' }).end();
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	const close = async (): Promise<void> => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	};
	return { url: `http://127.0.0.1:${port}/hook`, deliveries, close };
}
