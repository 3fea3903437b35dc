import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { parse } from 'yaml';

import { releaseFaults, type Manifest } from '../../../tools/release/release';

const root = resolve(__dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const manifest: Manifest = {
	version: '1.2.3',
	author: { name: 'Ada', email: 'ada@lovelace.dev' },
	homepage: 'https://github.com/ada/flux#readme',
	repository: { url: 'git+https://github.com/ada/flux.git' },
};
const changelog = '# Changelog\n\n## [1.2.3] - 2026-12-01\n\n## [1.2.2] - 2026-11-01\n';
const faults = (more: Partial<Manifest>, tag = '1.2.3', text = changelog) =>
	releaseFaults(tag, 'ada/flux', { ...manifest, ...more }, text);

describe('a release', () => {
	it('may be published when the tag, the version and the changelog agree and the publisher is named', () => {
		expect(faults({})).toEqual([]);
	});

	it.each([
		[
			'under another tag',
			faults({}, 'v1.2.3'),
			/^The tag is v1\.2\.3, but package\.json has version 1\.2\.3/,
		],
		[
			'without its section of the changelog',
			faults({}, '1.2.3', '## [1.2.2] - 2026-11-01'),
			/section "## \[1\.2\.3\] - YYYY-MM-DD"/,
		],
		[
			'that the changelog calls unreleased',
			faults({}, '1.2.3', '## [1.2.3] - Unreleased'),
			/section "## \[1\.2\.3\] - YYYY-MM-DD"/,
		],
		[
			'by a placeholder',
			faults({ author: { name: 'The authors', email: 'us@flux.example' } }),
			/^author in package\.json is a placeholder/,
		],
		[
			'from another repository',
			faults({ repository: { url: 'git+https://github.com/eve/flux.git' } }),
			/must be git\+https:\/\/github\.com\/ada\/flux\.git/,
		],
		[
			'with the homepage of another',
			faults({ homepage: 'https://github.com/eve/flux#readme' }),
			/^homepage in package\.json must be https:\/\/github\.com\/ada\/flux#readme/,
		],
	])('%s is refused, and told what would be right', (_, found, wanted) => {
		expect(found).toHaveLength(1);
		expect(found[0]).toMatch(wanted);
	});
});

it('the changelog has a section for the version of package.json, above all others', () => {
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
	it('has jobs of steps that run or use something', () => {
		const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
		expect(steps.length).toBeGreaterThan(0);
		expect(steps.filter(({ uses, run }) => (uses === undefined) === (run === undefined))).toEqual([]);
	});

	it('runs only scripts that there are', () => {
		const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
		const named = commandsOf(workflow).flatMap(
			(line) => /^npm (?:run )?(?!publish|config)([\w:]+)$/.exec(line)?.[1] ?? [],
		);
		expect(named.filter((name) => !(name in scripts))).toEqual([]);
	});
});

describe('publishing', () => {
	const publish = workflows.find(([name]) => name === 'publish.yml')?.[1];

	it('happens for a tag that is a version, with the right to sign its provenance and none to write', () => {
		expect(publish?.on).toEqual({ push: { tags: ['[0-9]+.[0-9]+.[0-9]+'] } });
		expect(publish?.jobs['publish']?.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
	});

	it('comes last, after every gate', () => {
		const commands = publish ? commandsOf(publish).filter((line) => line !== '') : [];
		expect(commands.at(-1)).toBe('npm publish --provenance --access public');
		for (const gate of [
			'npm run typecheck',
			'npm run lint',
			'npm test',
			'npm run test:compat',
			'npm run build',
			'npm run scan',
		])
			expect(commands).toContain(gate);
		expect(commands.some((line) => line.startsWith('npx tsx tools/release/release.ts '))).toBe(true);
	});
});
