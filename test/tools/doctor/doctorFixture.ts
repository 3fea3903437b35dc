import { providerById } from '../../../index';
import { keyVariableOf } from '../../../tools/doctor/keys';
import { main } from '../../../tools/doctor/main';
import { steps } from '../../../tools/doctor/report';
import type { ProviderId } from '../../../tools/emulator';
import type { ContractFixture } from '../../contract/contractFixture';

/** Outcome of a run of the doctor. */
export interface DoctorRun {
	/** Exit status. */
	status: number;
	/** Lines of both output streams, in their order. */
	lines: string[];
	/** Questions that were asked. */
	questions: string[];
	/** Verdicts by the names of their steps, in the order of the run. */
	verdicts: Record<string, string>;
	/** Returns the details of a step's findings, one line for each. */
	detail: (step: string) => string;
}

export interface DoctorRunOptions {
	/** Key, which must not appear in the output. Default: none. */
	key?: string;
	/** Answer to every question. Default: there is no terminal. */
	answer?: boolean;
	env?: Record<string, string>;
	stop?: AbortSignal;
	/** Receives each line as it is printed. */
	onLine?: (line: string) => void;
}

const FINDING = new RegExp(
	`^(confirmed|not confirmed|not applicable) +(${Object.values(steps).join('|')}) +(.+)$`,
);

const findingsIn = (lines: readonly string[]) =>
	lines.flatMap((line) => {
		const [, verdict = '', step = '', detail = ''] = FINDING.exec(line) ?? [];
		return step === '' ? [] : [{ verdict, step, detail }];
	});

/** Runs the doctor in this process. Asserts that its output does not contain the key. */
export async function runDoctor(args: string[], options: DoctorRunOptions = {}): Promise<DoctorRun> {
	const { key = '', answer, env = {}, stop = new AbortController().signal, onLine } = options;
	const lines: string[] = [];
	const questions: string[] = [];
	const print = (line: string) => {
		lines.push(line);
		onLine?.(line);
	};
	const confirm = async (question: string) => {
		questions.push(question);
		return await Promise.resolve(answer === true);
	};
	const status = await main(args, {
		env,
		print,
		printError: print,
		confirm: answer === undefined ? null : confirm,
		stop,
	});
	if (key !== '') expect(`${lines.join('\n')}${questions.join('\n')}`).not.toContain(key);
	const findings = findingsIn(lines);
	return {
		status,
		lines,
		questions,
		verdicts: Object.fromEntries(findings.map(({ step, verdict }) => [step, verdict])),
		detail: (step) =>
			findings
				.filter((finding) => finding.step === step)
				.map(({ detail }) => detail)
				.join('\n'),
	};
}

/**
 * Runs the doctor on a provider of the fixture's emulator. Default of `args`: `--yes`. Default key: the
 * provider's.
 */
export async function examine(
	fixture: ContractFixture,
	id: ProviderId,
	args: string[] = ['--yes'],
	{ key, ...options }: DoctorRunOptions = {},
): Promise<DoctorRun> {
	const { baseUrl, apiKey } = fixture.emulator.providers[id];
	const provider = providerById(id);
	if (!provider) throw new Error(`There is no provider ${id}`);
	const sentKey = key ?? apiKey;
	return await runDoctor(['--provider', id, '--base-url', baseUrl, ...args], {
		...options,
		key: sentKey,
		env: { [keyVariableOf(provider)]: sentKey },
	});
}
