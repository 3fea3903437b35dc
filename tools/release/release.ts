// Checks whether this commit may be published under a tag, as .github/workflows/publish.yml does:
// `tsx tools/release/release.ts <tag> <owner/repository>`.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export interface Manifest {
	version: string;
	author: { name: string; email: string };
	homepage: string;
	repository: { url: string };
}

const hasDatedSection = (changelog: string, version: string): boolean => {
	const heading = `## [${version}] - `;
	return changelog
		.split('\n')
		.some((line) => line.startsWith(heading) && /^\d{4}-\d\d-\d\d$/.test(line.slice(heading.length)));
};

/** Lists everything that keeps a commit from being published, each with the required correction. */
export function releaseProblems(
	tag: string,
	repository: string,
	manifest: Manifest,
	changelog: string,
): string[] {
	const { version, author, homepage } = manifest;
	const repositoryUrl = `https://github.com/${repository}`;
	const checks: Array<[isMet: boolean, problem: string]> = [
		[
			tag === version,
			`The tag is ${tag}, but package.json has version ${version}: ` +
				'tag the commit that sets the version, with the bare version as the tag.',
		],
		[
			hasDatedSection(changelog, version),
			`CHANGELOG.md must have a section "## [${version}] - YYYY-MM-DD".`,
		],
		[
			!author.email.endsWith('.example'),
			`author in package.json is a placeholder (${author.name}, ${author.email}): name the publisher.`,
		],
		[
			manifest.repository.url === `git+${repositoryUrl}.git`,
			`repository.url in package.json must be git+${repositoryUrl}.git, or npm refuses the provenance.`,
		],
		[
			homepage.startsWith(`${repositoryUrl}#`),
			`homepage in package.json must be ${repositoryUrl}#readme, ` +
				'and the links of the codex files must match.',
		],
	];
	return checks.flatMap(([isMet, problem]) => (isMet ? [] : [problem]));
}

function main(): void {
	const [tag, repository] = process.argv.slice(2);
	if (tag === undefined || repository === undefined)
		throw new Error('Usage: tsx tools/release/release.ts <tag> <owner/repository>');
	const read = (file: string) => readFileSync(resolve(__dirname, '../..', file), 'utf8');
	const manifest = JSON.parse(read('package.json')) as Manifest;
	const problems = releaseProblems(tag, repository, manifest, read('CHANGELOG.md'));
	for (const problem of problems) console.error(problem);
	process.exitCode = problems.length === 0 ? 0 : 1;
}

if (require.main === module) main();
