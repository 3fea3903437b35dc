import { providers, type Operation } from '../../../index';
import { bearing, topics } from '../../../tools/doctor/notes';
import { confirmed, notApplicable, type Finding } from '../../../tools/doctor/report';
import { lumenfall } from '../../../nodes/FluxKontext/providers/lumenfall';

const notes = providers.flatMap((provider) => provider.notes.unverified);

it.each(topics.map(({ words }) => [words]))('knows only topics that a note is about: %s', (words) => {
	expect(notes.filter((note) => words.test(note))).not.toEqual([]);
});

const findings: Finding[] = [
	confirmed('size', '1248x832'),
	confirmed('cost', '0.04 USD'),
	confirmed('wrongKey', '401'),
	notApplicable('credential', 'none'),
];
const about = (note: string, operation: Operation, model = 'flux.1-kontext-dev') =>
	bearing(note, { provider: lumenfall, model, operation }, findings).map(({ step }) => step);

it('names the steps that bear on a note, and none that saw nothing', () => {
	expect(about('that the test of the credential refuses a bad key', 'generate')).toEqual(['wrongKey']);
});

it('names none for a note on the other operation', () => {
	const note = "that size auto on an edit keeps the input's shape";
	expect([about(note, 'edit'), about(note, 'generate')]).toEqual([['size'], []]);
});

it('names none for a note on another model', () => {
	const note = 'what flux.1-kontext-pro costs';
	expect([about(note, 'generate', 'flux.1-kontext-pro'), about(note, 'generate')]).toEqual([['cost'], []]);
});

it('names none for what an examination cannot see', () => {
	expect(about('how a refused image is reported (by the wording here)', 'generate')).toEqual([]);
});
