import type { Operation, SampleImage } from '../types';

/** Access to one provider of a running emulator. */
export interface Connection {
	baseUrl: string;
	apiKey: string;
}

/** The input image of an edit, in every form that a client may need. */
export interface InputImage {
	url: string;
	mimeType: string;
	bytes: Buffer<ArrayBuffer>;
	dataUri: string;
}

/** Everything that is tried with a client. Each task creates one image from a prompt. */
export const tasks = ['generate', 'edit', 'editOfTwo'] as const;

/** Something that is tried with a client. */
export type Task = (typeof tasks)[number];

/**
 * The tasks that a client supports. Each resolves with the bytes of the image and rejects if the client
 * fails.
 */
export type Client = Partial<Record<Task, (prompt: string, image: InputImage) => Promise<Uint8Array>>>;

/** Creates the client of a provider. */
export type CreateClient = (connection: Connection) => Client;

/** Returns the operation of the job that a task submits. */
export const operationOf = (task: Task): Operation => (task === 'generate' ? 'generate' : 'edit');

/** Returns the prompt of a task. It contains more than ASCII, which JSON and forms encode differently. */
export const promptOf = (provider: string, task: Task): string => `${task} »${provider}« – a 狐 in the snow`;

/** Input of the process that runs the clients, as JSON on its standard input. */
export interface ClientRunInput {
	connections: Record<string, Connection>;
	image: Pick<SampleImage, 'url' | 'mimeType'> & { base64: string };
}

/** Outcome of one client, which the process prints as one line of JSON. Images are in base64. */
export interface ClientReport {
	provider: string;
	images: Partial<Record<Task, string>>;
	error?: string;
}

/** Downloads the image at a URL with which a client ends. Rejects if the response is not successful. */
export async function download(url: string): Promise<Uint8Array> {
	const response = await fetch(url);
	if (!response.ok)
		throw new Error(`The image at ${url} answers ${response.status}: ${await response.text()}`);
	return new Uint8Array(await response.arrayBuffer());
}
