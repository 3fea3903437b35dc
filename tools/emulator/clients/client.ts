import type { Operation, SampleImage } from '../types';

export interface Account {
	baseUrl: string;
	apiKey: string;
}

export interface InputImage {
	url: string;
	mimeType: string;
	bytes: Buffer<ArrayBuffer>;
	dataUri: string;
}

/** What a user of the client can have made with it: the image's bytes for a prompt. */
export const tasks = ['generate', 'edit', 'editOfTwo'] as const;
export type Task = (typeof tasks)[number];
export type Client = Partial<Record<Task, (prompt: string, image: InputImage) => Promise<Uint8Array>>>;
export type ClientOf = (account: Account) => Client;

export const operationOf = (task: Task): Operation => (task === 'generate' ? 'generate' : 'edit');

// Not ASCII alone: JSON and forms carry it differently.
export const promptOf = (provider: string, task: Task): string => `${task} »${provider}« – a 狐 in the snow`;

/** Handed to the process that runs the clients. */
export interface Errand {
	accounts: Record<string, Account>;
	image: Pick<SampleImage, 'url' | 'mimeType'> & { base64: string };
}

/** One line of its output: images as base64. */
export interface Report {
	provider: string;
	images: Partial<Record<Task, string>>;
	error?: string;
}

/** What the user of a client does that ends with an address. */
export async function download(url: string): Promise<Uint8Array> {
	const response = await fetch(url);
	if (!response.ok)
		throw new Error(`The image at ${url} answers ${response.status}: ${await response.text()}`);
	return new Uint8Array(await response.arrayBuffer());
}
