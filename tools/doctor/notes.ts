import type { Operation } from '../../index';
import { bugs } from '../../package.json';
import type { DoctorOptions } from './options';
import { steps, type Finding, type Report, type Step } from './report';

/** A subject of the providers' notes on what is unverified. */
interface Topic {
	/** Matches the notes on it. */
	words: RegExp;
	/** Steps whose findings are relevant to it. */
	steps: readonly Step[];
	/** Operation that the findings must come from. Default: either. */
	operation?: Operation;
}

/** Subjects of the providers' notes that a run can say something about. */
export const topics: readonly Topic[] = [
	{ words: /test of the credential/, steps: ['credential', 'wrongKey'] },
	{ words: /\bprices?\b(?! of an edit)|\bcosts?\b/, steps: ['price', 'cost'] },
	{ words: /price of an edit/, steps: ['cost'], operation: 'edit' },
	{ words: /the statuses|status paths/, steps: ['status'] },
	{ words: /which sizes|width and height|list of ratios/, steps: ['size'] },
	{ words: /input's shape/, steps: ['size'], operation: 'edit' },
	{ words: /without the (?:key|token)/, steps: ['link'] },
	{ words: /cancelled/, steps: ['cancel'] },
	{ words: /data URI|base64 is sent|ref_images|edits by/, steps: ['submit', 'image'], operation: 'edit' },
	{ words: /without an input image|text to image by/, steps: ['submit', 'image'], operation: 'generate' },
];

/**
 * Selects the findings that are relevant to a note. A note on another model or another operation has none.
 */
export function relevantFindings(
	note: string,
	{ provider, model, operation }: Pick<DoctorOptions, 'provider' | 'model' | 'operation'>,
	findings: readonly Finding[],
): Finding[] {
	if (provider.models.some(({ id }) => id !== model && note.includes(id))) return [];
	const relevantSteps = topics
		.filter((topic) => topic.words.test(note) && (topic.operation ?? operation) === operation)
		.flatMap((topic) => topic.steps);
	return findings.filter(
		({ step, verdict }) => relevantSteps.includes(step) && verdict !== 'not applicable',
	);
}

/** Prints what is unverified for the provider, with the findings of this run on each point. */
export function printNotes(options: DoctorOptions, report: Report): void {
	const { displayName, notes } = options.provider;
	report.print('');
	report.print(`Not yet verified at the live service of ${displayName}, with the findings of this run:`);
	for (const note of notes.unverified) {
		report.print(`- ${note}`);
		const findings = relevantFindings(note, options, report.findings).map(
			({ step, verdict }) => `${steps[step]} (${verdict})`,
		);
		if (findings.length > 0) report.print(`    see ${findings.join(', ')}`);
	}
	report.print('');
	report.print(`Please report these findings, confirmed or not: ${bugs}`);
}
