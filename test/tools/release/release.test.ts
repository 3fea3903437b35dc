import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { parse } from 'yaml';

import { releaseProblems, type Manifest } from '../../../tools/release/release';

const root = resolve(__dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const manifest: Manifest = {
	version: '1.2.3',
	author: { name: 'Ada', email: 'ada@lovelace.dev' },
	homepage: 'https://github.com/ada/flux#readme',
	repository: { url: 'git+https://github.com/ada/flux.git' },
};
const changelog = '# Changelog\n\n## [1.2.3] - 2026-12-01\n\n## [1.2.2] - 2026-11-01\n';
const problems = (changes: Partial<Manifest>, tag = '1.2.3', text = changelog) =>
	releaseProblems(tag, 'ada/flux', { ...manifest, ...changes }, text);

describe('a release', () => {
	it('has no problem when the tag, the version and the changelog agree and the publisher is named', () => {
		expect(problems({})).toEqual([]);
	});

	it.each([
		[
			'under another tag',
			problems({}, 'v1.2.3'),
			/^The tag is v1\.2\.3, but package\.json has version 1\.2\.3/,
		],
		[
			'without a section in the changelog',
			problems({}, '1.2.3', '## [1.2.2] - 2026-11-01'),
			/section "## \[1\.2\.3\] - YYYY-MM-DD"/,
		],
		[
			'that the changelog marks as unreleased',
			problems({}, '1.2.3', '## [1.2.3] - Unreleased'),
			/section "## \[1\.2\.3\] - YYYY-MM-DD"/,
		],
		[
			'with a placeholder as its author',
			problems({ author: { name: 'The authors', email: 'us@flux.example' } }),
			/^author in package\.json is a placeholder/,
		],
		[
			'from another repository',
			problems({ repository: { url: 'git+https://github.com/eve/flux.git' } }),
			/must be git\+https:\/\/github\.com\/ada\/flux\.git/,
		],
		[
			'with the homepage of another repository',
			problems({ homepage: 'https://github.com/eve/flux#readme' }),
			/^homepage in package\.json must be https:\/\/github\.com\/ada\/flux#readme/,
		],
	])('%s is refused with the correction', (_, found, message) => {
		expect(found).toHaveLength(1);
		expect(found[0]).toMatch(message);
	});
});

it('the first section of the changelog is that of the version in package.json', () => {
	const { version } = JSON.parse(read('package.json')) as { version: string };
	const [first] = read('CHANGELOG.md').match(/^## .+$/m) ?? [];
	expect(first).toMatch(`## [${version}] - `);
});

interface Step {
	uses?: string;
	run?: string;
}

interface GithubWorkflow {
	on: Record<string, { tags?: string[] } | null>;
	jobs: Record<string, { permissions?: Record<string, string>; steps: Step[] }>;
}

const workflows = readdirSync(join(root, '.github/workflows')).map(
	(name) => [name, parse(read(`.github/workflows/${name}`)) as GithubWorkflow] as const,
);
const commandsOf = ({ jobs }: GithubWorkflow): string[] =>
	Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run?.split('\n') ?? []));

describe.each(workflows)('the workflow %s', (_, workflow) => {
	it('has steps that each either run a command or use an action', () => {
		const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
		expect(steps.length).toBeGreaterThan(0);
		expect(steps.filter(({ uses, run }) => (uses === undefined) === (run === undefined))).toEqual([]);
	});

	it('runs only scripts that package.json has', () => {
		const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
		const scriptNames = commandsOf(workflow).flatMap(
			(line) => /^npm (?:run )?(?!publish|config)([\w:]+)$/.exec(line)?.[1] ?? [],
		);
		expect(scriptNames.filter((name) => !(name in scripts))).toEqual([]);
	});
});

describe('publishing', () => {
	const publish = workflows.find(([name]) => name === 'publish.yml')?.[1];

	it('is triggered by a version tag and may sign the provenance but not write to the repository', () => {
		expect(publish?.on).toEqual({ push: { tags: ['[0-9]+.[0-9]+.[0-9]+'] } });
		expect(publish?.jobs['publish']?.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
	});

	it('is the last step, after every check', () => {
		const commands = publish ? commandsOf(publish).filter((line) => line !== '') : [];
		expect(commands.at(-1)).toBe('npm publish --provenance --access public');
		for (const check of [
			'npm run typecheck',
			'npm run lint',
			'npm test',
			'npm run test:compat',
			'npm run build',
			'npm run scan',
		])
			expect(commands).toContain(check);
		expect(commands.some((line) => line.startsWith('npx tsx tools/release/release.ts '))).toBe(true);
	});
});
