import { providerById } from '../../../index';
import { keyNameOf } from '../../../tools/doctor/keys';
import { main } from '../../../tools/doctor/main';
import { steps } from '../../../tools/doctor/report';
import type { ProviderId } from '../../../tools/emulator';
import type { ContractFixture } from '../../contract/contractFixture';

export interface Examination {
	status: number;
	/** Lines of both streams. */
	said: string[];
	asked: string[];
	/** What was found of each step, in its order. */
	verdicts: Record<string, string>;
	/** What was seen at a step. */
	seen: (step: string) => string;
}

export interface Circumstances {
	key?: string;
	/** What the question is answered; without it nobody is there to be asked. */
	answer?: boolean;
	env?: Record<string, string>;
	stop?: AbortSignal;
	/** Sees each line as it is said. */
	watch?: (line: string) => void;
}

const finding = new RegExp(
	`^(confirmed|not confirmed|not applicable) +(${Object.values(steps).join('|')}) +(.+)$`,
);

/** Runs the doctor in this process. Its output never holds the key, whatever is tested. */
export async function doctor(
	args: string[],
	{
		key = '',
		answer,
		env = {},
		stop = new AbortController().signal,
		watch = () => undefined,
	}: Circumstances = {},
): Promise<Examination> {
	const said: string[] = [];
	const asked: string[] = [];
	const say = (line: string) => {
		said.push(line);
		watch(line);
	};
	const ask = async (question: string) => {
		asked.push(question);
		return await Promise.resolve(answer === true);
	};
	const status = await main(args, {
		env,
		say,
		complain: say,
		ask: answer === undefined ? null : ask,
		stop,
	});
	if (key !== '') expect(`${said.join('\n')}${asked.join('\n')}`).not.toContain(key);
	const findings = said.flatMap((line) => {
		const [, verdict = '', step = '', seen = ''] = finding.exec(line) ?? [];
		return step === '' ? [] : [{ verdict, step, seen }];
	});
	return {
		status,
		said,
		asked,
		verdicts: Object.fromEntries(findings.map(({ step, verdict }) => [step, verdict])),
		seen: (step) =>
			findings
				.filter((each) => each.step === step)
				.map(({ seen }) => seen)
				.join('\n'),
	};
}

/** The same, of a provider in the emulator. */
export async function examine(
	rig: ContractFixture,
	id: ProviderId,
	args: string[] = ['--yes'],
	{ key, ...circumstances }: Circumstances = {},
): Promise<Examination> {
	const { baseUrl, apiKey } = rig.emulator.providers[id];
	const provider = providerById(id);
	if (!provider) throw new Error(`There is no provider ${id}`);
	const given = key ?? apiKey;
	return await doctor(['--provider', id, '--base-url', baseUrl, ...args], {
		...circumstances,
		key: given,
		env: { [keyNameOf(provider)]: given },
	});
}
