import { rmSync } from 'node:fs';
import { mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];

/** Registers a folder to be deleted when this process ends, also after a signal. */
export function removeAtExit(folder: string): void {
	folders.push(folder);
}

process.once('exit', () => {
	for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

/** Creates a folder that is deleted when this process ends. */
export async function temporaryFolder(): Promise<string> {
	const folder = await realpath(await mkdtemp(join(tmpdir(), 'flux-kontext-bench-')));
	removeAtExit(folder);
	return folder;
}
