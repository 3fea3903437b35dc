// A provider to begin with: `npm run new:provider -- acme "Acme AI"` writes templates/provider under that id and name, and
// enters it wherever providers are listed.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const capital = (id: string): string => id.charAt(0).toUpperCase() + id.slice(1);

/** As a line among those like it, in their order. */
function withLine(text: string, like: RegExp, line: string): string {
	const lines = text.split('\n');
	const those = lines.filter((each) => like.test(each));
	const next = those.find((each) => each > line);
	const at = next === undefined ? lines.lastIndexOf(those.at(-1) ?? '') + 1 : lines.indexOf(next);
	return [...lines.slice(0, at), line, ...lines.slice(at)].join('\n');
}

/** As a name in a list on one line, in their order. */
const withName = (text: string, list: RegExp, name: string): string =>
	text.replace(
		list,
		(_, before: string, names: string, after: string) =>
			before + [...names.split(', '), name].sort().join(', ') + after,
	);

function withCredential(text: string, file: string): string {
	const manifest = JSON.parse(text) as { n8n: { credentials: string[] } };
	manifest.n8n.credentials = [...manifest.n8n.credentials, file].sort();
	return `${JSON.stringify(manifest, null, 2)}\n`;
}

const IMPORT = /^import \{ \w+ \} from '\.\/\w+';$/;
const ALIAS = /("alias": \[.*)(\])/;
/** What the template's provider answers, for the tests that read answers without a server. */
const SAMPLE =
	"{ submit: { id: 'job-1', status: 'queued' }, looks: [{ id: 'job-1', status: 'running' }, { id: 'job-1', status: 'succeeded', image_url: url }] }";

/** Where providers are listed, and how each list takes one more. */
const lists = (id: string, displayName: string): Array<[file: string, entered: (text: string) => string]> => [
	[
		'nodes/FluxKontext/providers/index.ts',
		(text) =>
			withName(
				withLine(text, IMPORT, `import { ${id} } from './${id}';`),
				/(Provider\[\] = \[)(.*)(\];)/,
				id,
			),
	],
	[
		'test/emulator/providers/index.ts',
		(text) => withLine(text, /^export/, `export { ${id} } from './${id}';`),
	],
	[
		'test/fixtures/index.ts',
		(text) =>
			withName(
				withLine(text, IMPORT, `import { ${id} } from './${id}';`),
				/(ProviderFixture>> = \{ )(.*)( \};)/,
				id,
			),
	],
	[
		'test/unit/providers/samples.ts',
		(text) => text.replace(/(const samples: .* = \{\n)/, `$1\t${id}: ${SAMPLE},\n`),
	],
	[
		'package.json',
		(text) => withCredential(text, `dist/credentials/FluxKontext${capital(id)}Api.credentials.js`),
	],
	[
		'nodes/FluxKontext/FluxKontext.node.json',
		(text) => text.replace(ALIAS, `$1, ${JSON.stringify(displayName)}$2`),
	],
	[
		'nodes/FluxKontext/FluxKontextTrigger.node.json',
		(text) => text.replace(ALIAS, `$1, ${JSON.stringify(displayName)}$2`),
	],
];

/** Writes it into the checkout at `root`; the new files, from there. */
export function newProvider(root: string, id: string, displayName: string): string[] {
	if (!/^[a-z][a-zA-Z0-9]*$/.test(id))
		throw new Error(`The id must be in camel case, such as acmeImages, not "${id}"`);
	if (!/^[A-Z][\w .-]*$/.test(displayName))
		throw new Error(
			`The name must be as the provider writes it, beginning with a capital letter, such as "Acme Images", not "${displayName}"`,
		);
	const template = join(root, 'templates', 'provider');
	const renamed = (text: string) =>
		text.replaceAll('madeUp', id).replaceAll('MadeUp', capital(id)).replaceAll('Made Up', displayName);
	const files = readdirSync(template, { recursive: true, encoding: 'utf8' }).filter((file) =>
		statSync(join(template, file)).isFile(),
	);
	const taken = files.map(renamed).find((file) => existsSync(join(root, file)));
	if (taken !== undefined) throw new Error(`${taken} is there already: choose another id than ${id}`);
	const listed = lists(id, displayName).map(([file, entered]): [string, string] => {
		const text = readFileSync(join(root, file), 'utf8');
		const after = entered(text);
		if (after === text) throw new Error(`${file} has no list of providers that this script knows`);
		return [file, after];
	});
	for (const [file, text] of listed) writeFileSync(join(root, file), text);
	return files.map((file) => {
		const path = join(root, renamed(file));
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(path, renamed(readFileSync(join(template, file), 'utf8')));
		return renamed(file);
	});
}

if (require.main === module) {
	const [id, displayName] = process.argv.slice(2);
	try {
		if (id === undefined || displayName === undefined)
			throw new Error('Usage: npm run new:provider -- <id> "<Name>", such as acmeImages "Acme Images"');
		for (const file of newProvider(resolve(__dirname, '..'), id, displayName)) console.log(file);
		console.log('CONTRIBUTING.md says what to do with them.');
	} catch (error) {
		console.error((error as Error).message);
		process.exitCode = 1;
	}
}
