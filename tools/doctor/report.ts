import { redact, redactJson } from '../../nodes/FluxKontext/core/base/redact';
import type { JobRecord } from '../../index';

/** What an examination can confirm, in the order in which it does. */
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

export interface Finding {
	step: Step;
	verdict: 'confirmed' | 'not confirmed' | 'not applicable';
	/** What was seen. */
	seen: string;
}

export const confirmed = (step: Step, seen: string): Finding => ({ step, verdict: 'confirmed', seen });
export const notConfirmed = (step: Step, seen: string): Finding => ({ step, verdict: 'not confirmed', seen });
export const notApplicable = (step: Step, seen: string): Finding => ({
	step,
	verdict: 'not applicable',
	seen,
});

export type Say = (line: string) => void;

/** Says each finding as it comes, without any key and without the signatures of links. */
export class Report {
	readonly findings: Finding[] = [];

	readonly #say: Say;

	readonly #secrets: readonly string[];

	constructor(say: Say, secrets: readonly string[]) {
		this.#say = say;
		this.#secrets = secrets;
	}

	say(line: string): void {
		this.#say(redact(line, this.#secrets));
	}

	add(...findings: Finding[]): void {
		for (const finding of findings) {
			this.findings.push(finding);
			this.say(`${finding.verdict.padEnd(14)}  ${steps[finding.step].padEnd(10)}  ${finding.seen}`);
		}
	}

	/** Whole, so that the job can be finished with it: an address that leads to it keeps its query. */
	record(job: JobRecord): void {
		this.#say(JSON.stringify(redactJson({ ...job }, this.#secrets)));
	}

	get isConfirmed(): boolean {
		return this.findings.every(({ verdict }) => verdict !== 'not confirmed');
	}
}
