// Whether this commit may be published under a tag: `tsx tools/release/release.ts <tag> <owner/repository>`, as .github/workflows/publish.yml does.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export interface Manifest {
	version: string;
	author: { name: string; email: string };
	homepage: string;
	repository: { url: string };
}

/** All that keeps it from being published, each with what would be right. */
export function releaseFaults(
	tag: string,
	repository: string,
	manifest: Manifest,
	changelog: string,
): string[] {
	const { version, author, homepage } = manifest;
	const section = `## [${version}] - `;
	const address = `https://github.com/${repository}`;
	const checks: Array<[boolean, string]> = [
		[
			tag === version,
			`The tag is ${tag}, but package.json has version ${version}: tag the commit that sets the version, with just that version.`,
		],
		[
			changelog
				.split('\n')
				.some(
					(line) =>
						line.startsWith(section) && /^\d{4}-\d\d-\d\d$/.test(line.slice(section.length)),
				),
			`CHANGELOG.md must have a section "${section}YYYY-MM-DD".`,
		],
		[
			!author.email.endsWith('.example'),
			`author in package.json is a placeholder (${author.name}, ${author.email}): put the publisher there.`,
		],
		[
			manifest.repository.url === `git+${address}.git`,
			`repository.url in package.json must be git+${address}.git, or npm refuses the provenance.`,
		],
		[
			homepage.startsWith(`${address}#`),
			`homepage in package.json must be ${address}#readme, and so must the links of the codex files.`,
		],
	];
	return checks.flatMap(([holds, fault]) => (holds ? [] : [fault]));
}

function main(): void {
	const [tag, repository] = process.argv.slice(2);
	if (tag === undefined || repository === undefined)
		throw new Error('Usage: tsx tools/release/release.ts <tag> <owner/repository>');
	const read = (file: string) => readFileSync(resolve(__dirname, '../..', file), 'utf8');
	const faults = releaseFaults(
		tag,
		repository,
		JSON.parse(read('package.json')) as Manifest,
		read('CHANGELOG.md'),
	);
	for (const fault of faults) console.error(fault);
	process.exitCode = faults.length === 0 ? 0 : 1;
}

if (require.main === module) main();
