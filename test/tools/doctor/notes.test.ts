import { providers, type Operation } from '../../../index';
import { relevantFindings, topics } from '../../../tools/doctor/notes';
import { confirmed, notApplicable, type Finding } from '../../../tools/doctor/report';
import { lumenfall } from '../../../nodes/FluxKontext/providers/lumenfall';

const notes = providers.flatMap((provider) => provider.notes.unverified);

it.each(topics.map(({ words }) => [words]))('has no topic without a note on it: %s', (words) => {
	expect(notes.filter((note) => words.test(note))).not.toEqual([]);
});

const findings: Finding[] = [
	confirmed('size', '1248x832'),
	confirmed('cost', '0.04 USD'),
	confirmed('wrongKey', '401'),
	notApplicable('credential', 'none'),
];
const relevantSteps = (note: string, operation: Operation, model = 'flux.1-kontext-dev') =>
	relevantFindings(note, { provider: lumenfall, model, operation }, findings).map(({ step }) => step);

it('names the steps that are relevant to a note, but none that does not apply', () => {
	expect(relevantSteps('that the test of the credential refuses a bad key', 'generate')).toEqual([
		'wrongKey',
	]);
});

it('names no step for a note on the other operation', () => {
	const note = "that size auto on an edit keeps the input's shape";
	expect([relevantSteps(note, 'edit'), relevantSteps(note, 'generate')]).toEqual([['size'], []]);
});

it('names no step for a note on another model', () => {
	const note = 'what flux.1-kontext-pro costs';
	expect([relevantSteps(note, 'generate', 'flux.1-kontext-pro'), relevantSteps(note, 'generate')]).toEqual([
		['cost'],
		[],
	]);
});

it('names no step for what a run cannot check', () => {
	expect(relevantSteps('how a refused image is reported (by the wording here)', 'generate')).toEqual([]);
});
