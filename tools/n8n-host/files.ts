import { access, readFile, rm } from 'node:fs/promises';

/** Attempts to remove a folder that other processes may still be writing to. */
const MAX_REMOVE_RETRIES = 5;

/** Removes a file or folder with all its content. Does nothing if it does not exist. */
export const removeAll = async (path: string): Promise<void> =>
	await rm(path, { recursive: true, force: true, maxRetries: MAX_REMOVE_RETRIES });

/** Tells whether a file or folder exists and is accessible. Never rejects. */
export const pathExists = async (path: string): Promise<boolean> =>
	await access(path).then(
		() => true,
		() => false,
	);

/** Reads a text file. Resolves to undefined where it cannot be read; never rejects. */
export const readFileIfExists = async (path: string): Promise<string | undefined> =>
	await readFile(path, 'utf8').catch(() => undefined);
