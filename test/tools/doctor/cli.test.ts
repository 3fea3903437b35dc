import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';

import { useContractFixture } from '../../contract/contractFixture';

const rig = useContractFixture();
const root = resolve(__dirname, '..', '..', '..');

function start(args: string[], env: Record<string, string> = {}) {
	const child = spawn(process.execPath, ['--import', 'tsx', 'tools/doctor/cli.ts', ...args], {
		cwd: root,
		env: { ...process.env, ...env },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const ended = async () => {
		const [said, complained, [status]] = await Promise.all([
			text(child.stdout),
			text(child.stderr),
			once(child, 'close') as Promise<[number | null]>,
		]);
		return { status, said, complained };
	};
	return { child, ended: ended() };
}

const fal = () => {
	const { baseUrl, apiKey } = rig.emulator.providers.fal;
	return { args: ['--provider', 'fal', '--base-url', baseUrl], env: { FAL_KEY: apiKey } };
};

it('is a command that says on which stream what was wrong', async () => {
	const { status, said, complained } = await start(['--provider', 'dalle']).ended;
	expect({ status, said }).toEqual({ status: 2, said: '' });
	expect(complained).toMatch(/^There is no provider dalle; it must be one of .*aiGenerate, /);
});

it('does not pay without a terminal and without --yes', async () => {
	const { args, env } = fal();
	const { status, said, complained } = await start(args, env).ended;
	expect({ status, complained }).toEqual({ status: 1, complained: '' });
	expect(said).toContain('Nothing was submitted: nobody is there to be asked.');
	expect(said).not.toContain(env.FAL_KEY);
	expect(rig.requests('submit')).toEqual([]);
});

it('confirms what it can with --yes', async () => {
	const { args, env } = fal();
	const { status, said, complained } = await start([...args, '--yes'], env).ended;
	expect({ status, complained }).toEqual({ status: 0, complained: '' });
	expect(said).not.toContain(env.FAL_KEY);
	expect(rig.emulator.jobs).toMatchObject([{ state: 'succeeded' }]);
});

it('cancels its job at Ctrl-C', async () => {
	rig.emulator.inject({ stage: 'job', kind: 'never' });
	const { args, env } = fal();
	const { child, ended } = start([...args, '--yes'], env);
	await rig.untilBilled();
	child.kill('SIGINT');
	expect(await ended).toMatchObject({ status: 1 });
	expect(rig.emulator.jobs).toMatchObject([{ state: 'cancelled' }]);
});
