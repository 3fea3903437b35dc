import { copyFileSync, existsSync, readdirSync, unwatchFile, watchFile } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '..', '..');
const LOOK_MS = 300;

const filesIn = (folder: string, ending: string): string[] =>
	readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith(ending))
		.map((name) => join(folder, name));

/** What the compiler does not bring along; see gulpfile.js. */
const assets = (): string[] => [...filesIn('icons', '.svg'), ...filesIn('nodes', '.node.json')];

/** Copies an icon or a codex file into a folder whenever it is saved. */
export function copyOnSave(outDir: string, report: (line: string) => void): () => void {
	const watched = assets().map((file) => {
		const source = join(root, file);
		// Looks at the name from time to time: many editors save by putting another file in its place.
		watchFile(source, { interval: LOOK_MS }, () => {
			if (!existsSync(source)) return;
			copyFileSync(source, join(outDir, file));
			report(`${file} copied.`);
		});
		return source;
	});
	return () => watched.forEach((source) => unwatchFile(source));
}
