import { edited, placesWith, type Edit } from './edits';
import { allValues } from './values';

const twists: ReadonlyArray<Edit['how']> = [
	'drop',
	'wrap',
	'asText',
	'asNumber',
	{ times: 2 },
	{ times: 101 },
	{ cut: 0 },
	{ cut: 0.5 },
	{ add: '__proto__', value: { json: '1' } },
	{ rename: 'constructor' },
	{ copy: 0 },
];
const changes: ReadonlyArray<Edit['how']> = [...twists, ...allValues.map((set) => ({ set }))];

/** Nothing left to chance: a JSON text with every change made at every place of it. */
export function everyChange(json: string): string[] {
	return placesWith(json, () => true).flatMap((at) => changes.map((how) => edited(json, [{ at, how }])));
}
