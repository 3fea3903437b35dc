import fc, { type Arbitrary } from 'fast-check';

import { inherited, toJson, value, type Value } from './values';

/** Change at one position of a JSON text. */
export interface Edit {
	/** Index of a value in the text, modulo the number of values, so that it fits every text. */
	position: number;
	change:
		| 'drop'
		| 'wrap'
		| 'asText'
		| 'asNumber'
		| { set: Value }
		/** Repeats the value in a list; a list is repeated as a whole. */
		| { times: number }
		/** Adds a key beside the value. */
		| { add: string; value: Value }
		| { rename: string }
		/** Copies the value of another position. */
		| { copy: number }
		/** Keeps this share of a text, from 0 to 1. */
		| { cut: number };
}

const key = fc.oneof(
	fc.constantFrom(...inherited, 'error', 'status', 'id', 'code', 'data', 'url', 'message', 'detail'),
	fc.string({ maxLength: 5 }),
);

const anyChange: Arbitrary<Edit['change']> = fc.oneof(
	{
		weight: 4,
		arbitrary: fc.constantFrom('drop' as const, 'wrap' as const, 'asText' as const, 'asNumber' as const),
	},
	{ weight: 1, arbitrary: fc.record({ times: fc.integer({ min: 2, max: 120 }) }) },
	{ weight: 8, arbitrary: fc.record({ set: value }) },
	{ weight: 1, arbitrary: fc.record({ add: key, value }) },
	{ weight: 1, arbitrary: fc.record({ rename: key }) },
	{ weight: 1, arbitrary: fc.record({ copy: fc.nat({ max: 50 }) }) },
	{ weight: 2, arbitrary: fc.record({ cut: fc.double({ min: 0, max: 0.99, noNaN: true }) }) },
);

/** One to three edits. */
export const edits: Arbitrary<Edit[]> = fc.array(
	fc.record({ position: fc.nat({ max: 50 }), change: anyChange }),
	{
		minLength: 1,
		maxLength: 3,
	},
);

type Container = Record<string, unknown>;
/** Value of a JSON text: an object or list, and a key of it. */
interface Slot {
	container: Container;
	key: string;
}

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

/** Lists the values within an object or list, depth first. */
function slotsIn(container: Container): Slot[] {
	return Object.keys(container).flatMap((key) => {
		const item = container[key];
		return [{ container, key }, ...(isContainer(item) ? slotsIn(item) : [])];
	});
}

/** Adds a value under a key, or at the end of a list. */
function add(container: Container, name: string, item: unknown): void {
	if (Array.isArray(container)) container.push(item);
	else define(container, name, item);
}

/** Sets a property, also `__proto__`, which an assignment would take for the prototype. */
function define(container: Container, name: string, item: unknown): void {
	Object.defineProperty(container, name, {
		value: item,
		enumerable: true,
		configurable: true,
		writable: true,
	});
}

/**
 * JSON texts that JSON.stringify cannot create, such as 1e999 or an object with a key twice. A mark takes the
 * place of each until the whole is a text.
 */
class Inserts {
	readonly #texts: string[] = [];

	/** Returns the mark for a value. */
	mark(inserted: Value): string {
		return `fuzz insert ${this.#texts.push(toJson(inserted)) - 1} end`;
	}

	/** Replaces the marks in a JSON text. */
	fill(json: string): string {
		return this.#texts.reduce(
			(filled, text, index) => filled.replaceAll(`"fuzz insert ${index} end"`, () => text),
			json,
		);
	}
}

function remove({ container, key: name }: Slot): void {
	if (Array.isArray(container)) container.splice(Number(name), 1);
	else Reflect.deleteProperty(container, name);
}

function apply({ position, change }: Edit, slots: readonly Slot[], inserts: Inserts): void {
	const slot = slots[position % slots.length];
	if (!slot) return;
	const { container, key: name } = slot;
	const previous = container[name];
	const set = (item: unknown) => define(container, name, item);
	if (change === 'drop') remove(slot);
	else if (change === 'wrap') set([previous]);
	else if (change === 'asText') set(JSON.stringify(previous));
	else if (change === 'asNumber') set(Number(previous));
	else if ('set' in change) set(inserts.mark(change.set));
	else if ('times' in change) set(Array.from({ length: change.times }, () => previous).flat());
	else if ('add' in change) add(container, change.add, inserts.mark(change.value));
	else if ('copy' in change) set(copyOf(slots[change.copy % slots.length]));
	else if ('cut' in change)
		set(
			typeof previous === 'string'
				? previous.slice(0, Math.floor(previous.length * change.cut))
				: previous,
		);
	else {
		remove(slot);
		add(container, change.rename, previous);
	}
}

/** Copies a value, because the value itself could contain the position that it is set at. */
const copyOf = (slot: Slot | undefined): unknown => (slot ? structuredClone(slot.container[slot.key]) : null);

/** Lists all values of a text. The root comes last, because changing all of it tests the least. */
function slotsOf(root: Container): Slot[] {
	const [whole, ...parts] = slotsIn(root);
	return [...parts, ...(whole ? [whole] : [])];
}

/** Lists the positions of the matching values of a JSON text. */
export function positionsOf(json: string, matches: (value: unknown) => boolean): number[] {
	return slotsOf({ root: JSON.parse(json) as unknown }).flatMap(({ container, key: name }, position) =>
		matches(container[name]) ? [position] : [],
	);
}

/** Applies edits to a JSON text. Returns any other text unchanged. */
export function applyEdits(json: string, changes: readonly Edit[]): string {
	let root: Container;
	try {
		root = { root: JSON.parse(json) as unknown };
	} catch {
		return json;
	}
	const inserts = new Inserts();
	for (const edit of changes) apply(edit, slotsOf(root), inserts);
	// The root itself may have been dropped.
	return 'root' in root ? inserts.fill(JSON.stringify(root['root'])) : '';
}
