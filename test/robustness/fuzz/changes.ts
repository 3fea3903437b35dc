import { applyEdits, positionsOf, type Edit } from './edits';
import { allValues } from './values';

const structuralChanges: ReadonlyArray<Edit['change']> = [
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
const changes: ReadonlyArray<Edit['change']> = [...structuralChanges, ...allValues.map((set) => ({ set }))];

/** Lists a JSON text with every change at every position. */
export function everyChange(json: string): string[] {
	return positionsOf(json, () => true).flatMap((position) =>
		changes.map((change) => applyEdits(json, [{ position, change }])),
	);
}
