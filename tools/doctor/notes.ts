import type { Operation } from '../../index';
import { bugs } from '../../package.json';
import type { Order } from './order';
import { steps, type Finding, type Report, type Step } from './report';

interface Topic {
	words: RegExp;
	/** What an examination sees of it. */
	steps: readonly Step[];
	/** Where only one of the two shows it. */
	operation?: Operation;
}

/** What the notes of the providers are about. */
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

/** What was seen that bears on a note; nothing of a note on another model. */
export function bearing(
	note: string,
	{ provider, model, operation }: Pick<Order, 'provider' | 'model' | 'operation'>,
	findings: readonly Finding[],
): Finding[] {
	if (provider.models.some(({ id }) => id !== model && note.includes(id))) return [];
	const wanted = topics
		.filter((topic) => topic.words.test(note) && (topic.operation ?? operation) === operation)
		.flatMap((topic) => topic.steps);
	return findings.filter(({ step, verdict }) => wanted.includes(step) && verdict !== 'not applicable');
}

/** Lists what nobody has verified yet, with what this examination has seen of it. */
export function sayNotes(order: Order, report: Report): void {
	report.say('');
	report.say(
		`Not verified at the live service of ${order.provider.displayName} until now, with what this run saw that may bear on it:`,
	);
	for (const note of order.provider.notes.unverified) {
		report.say(`- ${note}`);
		const seen = bearing(note, order, report.findings).map(
			({ step, verdict }) => `${steps[step]} (${verdict})`,
		);
		if (seen.length > 0) report.say(`    see ${seen.join(', ')}`);
	}
	report.say('');
	report.say(`Please report what was seen, whether confirmed or not: ${bugs}`);
}
