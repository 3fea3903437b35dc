import { redact, redactJson } from '../../nodes/FluxKontext/core/base/redact';
import type { JobRecord } from '../../index';

/** Steps of the protocol that a run can confirm, in the order in which it reaches them. */
export const steps = {
	credential: 'Credential',
	wrongKey: 'Wrong key',
	price: 'Price',
	submit: 'Submit',
	status: 'Status',
	result: 'Result',
	link: 'Link',
	lifetime: 'Lifetime',
	image: 'Image',
	size: 'Size',
	seed: 'Seed',
	cost: 'Cost',
	cancel: 'Cancel',
} as const;

export type Step = keyof typeof steps;

/** Outcome of a step. */
export interface Finding {
	step: Step;
	/** `not applicable`: the provider, the model or the job has nothing that this step could check. */
	verdict: 'confirmed' | 'not confirmed' | 'not applicable';
	/** What was observed, as one line. */
	detail: string;
}

export const confirmed = (step: Step, detail: string): Finding => ({ step, verdict: 'confirmed', detail });
export const notConfirmed = (step: Step, detail: string): Finding => ({
	step,
	verdict: 'not confirmed',
	detail,
});
export const notApplicable = (step: Step, detail: string): Finding => ({
	step,
	verdict: 'not applicable',
	detail,
});

/** Writes a line. */
export type Print = (line: string) => void;

const VERDICT_WIDTH = 14;
const STEP_WIDTH = 10;

/** Collects the findings and prints each as it is added, without keys and without the signatures of links. */
export class Report {
	readonly findings: Finding[] = [];

	readonly #print: Print;

	readonly #secrets: readonly string[];

	constructor(print: Print, secrets: readonly string[]) {
		this.#print = print;
		this.#secrets = secrets;
	}

	print(line: string): void {
		this.#print(redact(line, this.#secrets));
	}

	add(...findings: Finding[]): void {
		for (const finding of findings) {
			this.findings.push(finding);
			const { verdict, step, detail } = finding;
			this.print(`${verdict.padEnd(VERDICT_WIDTH)}  ${steps[step].padEnd(STEP_WIDTH)}  ${detail}`);
		}
	}

	/**
	 * Prints a whole job record without keys. URLs keep their query, so that the job can be finished with the
	 * record.
	 */
	printRecord(job: JobRecord): void {
		this.#print(JSON.stringify(redactJson({ ...job }, this.#secrets)));
	}

	get isConfirmed(): boolean {
		return this.findings.every(({ verdict }) => verdict !== 'not confirmed');
	}
}
