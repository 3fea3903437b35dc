import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';

import { useContractFixture } from '../../contract/contractFixture';

const fixture = useContractFixture();
const root = resolve(__dirname, '..', '..', '..');

function start(args: string[], env: Record<string, string> = {}) {
	const child = spawn(process.execPath, ['--import', 'tsx', 'tools/doctor/cli.ts', ...args], {
		cwd: root,
		env: { ...process.env, ...env },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const readOutcome = async () => {
		const [stdout, stderr, [status]] = await Promise.all([
			text(child.stdout),
			text(child.stderr),
			once(child, 'close') as Promise<[number | null]>,
		]);
		return { status, stdout, stderr };
	};
	return { child, outcome: readOutcome() };
}

const fal = () => {
	const { baseUrl, apiKey } = fixture.emulator.providers.fal;
	return { args: ['--provider', 'fal', '--base-url', baseUrl], env: { FAL_KEY: apiKey } };
};

it('prints what is wrong with the command line on stderr', async () => {
	const { status, stdout, stderr } = await start(['--provider', 'dalle']).outcome;
	expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
	expect(stderr).toMatch(/^There is no provider dalle; it must be one of .*aiGenerate, /);
});

it('does not pay where there is neither a terminal nor --yes', async () => {
	const { args, env } = fal();
	const { status, stdout, stderr } = await start(args, env).outcome;
	expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
	expect(stdout).toContain('Nothing was submitted: there is no terminal for the confirmation.');
	expect(stdout).not.toContain(env.FAL_KEY);
	expect(fixture.requests('submit')).toEqual([]);
});

it('confirms all steps with --yes', async () => {
	const { args, env } = fal();
	const { status, stdout, stderr } = await start([...args, '--yes'], env).outcome;
	expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
	expect(stdout).not.toContain(env.FAL_KEY);
	expect(fixture.emulator.jobs).toMatchObject([{ state: 'succeeded' }]);
});

it('cancels its job on Ctrl-C', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'never' });
	const { args, env } = fal();
	const { child, outcome } = start([...args, '--yes'], env);
	await fixture.untilBilled();
	child.kill('SIGINT');
	expect(await outcome).toMatchObject({ status: 1 });
	expect(fixture.emulator.jobs).toMatchObject([{ state: 'cancelled' }]);
});
