import { copyFileSync, existsSync, readdirSync, unwatchFile, watchFile } from 'node:fs';
import { join, resolve } from 'node:path';

import type { Report } from '../n8n-host/progress';

const root = resolve(__dirname, '..', '..');
const POLL_MS = 300;

const filesIn = (folder: string, extension: string): string[] =>
	readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith(extension))
		.map((name) => join(folder, name));

/** Lists the files that the build copies because the compiler does not emit them; see gulpfile.js. */
const assetFiles = (): string[] => [...filesIn('icons', '.svg'), ...filesIn('nodes', '.node.json')];

/** Copies an icon or a codex file into a folder whenever it is saved. Returns the function that stops it. */
export function copyOnSave(outDir: string, report: Report): () => void {
	const watchedFiles = assetFiles().map((file) => {
		const source = join(root, file);
		// Polls the path instead of watching the file: many editors save by replacing the file with a new
		// one.
		watchFile(source, { interval: POLL_MS }, () => {
			if (!existsSync(source)) return;
			copyFileSync(source, join(outDir, file));
			report(`${file} copied.`);
		});
		return source;
	});
	return () => watchedFiles.forEach((source) => unwatchFile(source));
}
