const capitalize = (id: string): string => id.charAt(0).toUpperCase() + id.slice(1);

/** Inserts `line` among the lines that match `pattern`, keeping their alphabetical order. */
function insertLine(text: string, pattern: RegExp, line: string): string {
	const lines = text.split('\n');
	const matching = lines.filter((candidate) => pattern.test(candidate));
	const next = matching.find((candidate) => candidate > line);
	const index = next === undefined ? lines.lastIndexOf(matching.at(-1) ?? '') + 1 : lines.indexOf(next);
	return [...lines.slice(0, index), line, ...lines.slice(index)].join('\n');
}

const IMPORT = /^import \{ \w+ \} from '\.\/\w+';$/;
const LIST_ENTRY = /^\t\w+,$/;

/** Adds a provider's import and list entry to a registry that has one line for each of them. */
const insertImportAndEntry = (text: string, id: string): string =>
	insertLine(insertLine(text, IMPORT, `import { ${id} } from './${id}';`), LIST_ENTRY, `\t${id},`);

const toJson = (content: object): string => `${JSON.stringify(content, null, 2)}\n`;

function insertAlias(text: string, displayName: string): string {
	const codex = JSON.parse(text) as { alias: string[] };
	return toJson({ ...codex, alias: [...codex.alias, displayName] });
}

function insertCredential(text: string, file: string): string {
	const manifest = JSON.parse(text) as { n8n: { credentials: string[] } };
	const credentials = [...manifest.n8n.credentials, file].sort();
	return toJson({ ...manifest, n8n: { ...manifest.n8n, credentials } });
}

/** Responses of the template's provider, for the tests that parse responses without a server. */
const SAMPLE_RESPONSES = `{
		submit: { id: 'job-1', status: 'queued' },
		looks: [
			{ id: 'job-1', status: 'running' },
			{ id: 'job-1', status: 'succeeded', image_url: url },
		],
	}`;

/** Returns the files that list every provider, each with the edit that adds a new one. */
export const registryEntries = (
	id: string,
	displayName: string,
): Array<[file: string, edit: (text: string) => string]> => [
	['nodes/FluxKontext/providers/index.ts', (text) => insertImportAndEntry(text, id)],
	[
		'tools/emulator/providers/index.ts',
		(text) => insertLine(text, /^export/, `export { ${id} } from './${id}';`),
	],
	['test/fixtures/index.ts', (text) => insertImportAndEntry(text, id)],
	[
		'test/unit/providers/samples.ts',
		(text) => text.replace(/(const samples: .* = \{\n)/, `$1\t${id}: ${SAMPLE_RESPONSES},\n`),
	],
	[
		'package.json',
		(text) => insertCredential(text, `dist/credentials/FluxKontext${capitalize(id)}Api.credentials.js`),
	],
	['nodes/FluxKontext/FluxKontext.node.json', (text) => insertAlias(text, displayName)],
	['nodes/FluxKontext/FluxKontextTrigger.node.json', (text) => insertAlias(text, displayName)],
];

/** Replaces the template's names with those of the new provider, in file contents and in paths. */
export const renameTemplate = (text: string, id: string, displayName: string): string =>
	text.replaceAll('madeUp', id).replaceAll('MadeUp', capitalize(id)).replaceAll('Made Up', displayName);
