import axios, { AxiosError, type AxiosRequestConfig, type AxiosResponse } from 'axios';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Emulator, type ProviderId, startEmulator } from '../../../tools/emulator/index';

// The tests' own client: an answer is an answer, whatever its status, and no proxy is in between.
const client = axios.create({
	validateStatus: () => true,
	maxRedirects: 0,
	proxy: false,
	timeout: 10_000,
});

/** What the tests read of an answer before they have asserted that it is there. */
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
type Answer<T> = Promise<AxiosResponse<T>>;

export const http = {
	get: async <T = Data>(url: string, config?: Config): Answer<T> => await client.get<T>(url, config),
	post: async (url: string, body?: unknown, config?: Config): Answer<Data> =>
		await client.post<Data>(url, body, config),
	delete: async (url: string): Answer<unknown> => await client.delete<unknown>(url),
};

/** How a request fails that gets no answer. */
export const codeOf = async (answer: Answer<unknown>): Promise<string> =>
	await answer.then(
		({ status }) => `answered ${status}`,
		(error: unknown) => (error instanceof AxiosError && error.code) || String(error),
	);

export const headerOf = (answer: AxiosResponse, name: string): string =>
	String((answer.headers as Record<string, unknown>)[name]);

// Jest's own are of the type any.
export const like = {
	text: expect.any(String) as unknown,
	number: expect.any(Number) as unknown,
	containing: (text: string) => expect.stringContaining(text) as unknown,
	matching: (pattern: RegExp) => expect.stringMatching(pattern) as unknown,
	object: (part: object) => expect.objectContaining(part) as unknown,
};

export const quick = { queueMs: 30, runMs: 60 };

/** One emulator for the tests of a file, emptied before each of them. */
export function useEmulator(): { emulator: Emulator } {
	const held = {} as { emulator: Emulator };
	beforeAll(async () => {
		held.emulator = await startEmulator({ timing: quick });
	});
	beforeEach(() => {
		held.emulator.clear();
		Object.assign(held.emulator.timing, quick);
	});
	afterEach(() => jest.restoreAllMocks());
	afterAll(async () => await held.emulator.close());
	return held;
}

const realNow = Date.now.bind(Date);

/** Puts the clock of this process, so also the emulator's, ahead of the real time. */
export function aheadBy(ms: number): void {
	jest.spyOn(Date, 'now').mockImplementation(() => realNow() + ms);
}

/** So long that a job stays where it is until the clock is put ahead. */
export const slow = { queueMs: 60_000, runMs: 60_000 };

/** For tests of what is accepted: jobs that never end are not drawn, which takes most of the time. */
export const drawNothing = ({ inject }: Emulator): void =>
	inject({ stage: 'job', kind: 'never', times: Infinity });

export const pause = async (ms: number): Promise<void> =>
	await new Promise((resolve) => setTimeout(resolve, ms));

/** Asks again until the answer is as wanted; gives up after 20 s. */
export async function until<T>(ask: () => T | Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
	for (let tries = 0; tries < 1000; tries += 1) {
		const answer = await ask();
		if (wanted(answer)) return answer;
		await pause(20);
	}
	throw new Error('It did not come true');
}

export async function fetchImage(url: string): Promise<Buffer> {
	const { data, status } = await http.get<ArrayBuffer>(url, { responseType: 'arraybuffer' });
	expect(status).toBe(200);
	return Buffer.from(data);
}

export const bearer = ({ providers }: Emulator, id: ProviderId) => ({
	headers: { authorization: `Bearer ${providers[id].apiKey}` },
});

export type Parts = Record<string, string | Blob | ReadonlyArray<string | Blob>>;

export function formOf(parts: Parts): FormData {
	const form = new FormData();
	for (const [name, values] of Object.entries(parts))
		for (const value of [values].flat()) form.append(name, value);
	return form;
}

export const summary = ({ status, data }: AxiosResponse<unknown>) => ({ status, data });

export interface Call {
	headers: IncomingHttpHeaders;
	raw: string;
}

/** A server for callbacks that answers with the statuses given, then with 200; 0 is no answer at all. */
export async function listenForCalls(...statuses: number[]) {
	const calls: Call[] = [];
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			calls.push({ headers: request.headers, raw: Buffer.concat(chunks).toString() });
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
	return { url: `http://127.0.0.1:${port}/hook`, calls, close };
}
