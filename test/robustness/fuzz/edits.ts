import fc, { type Arbitrary } from 'fast-check';

import { inherited, value, written, type Value } from './values';

/** One change at one place of a JSON text; places are counted, so that it fits every text. */
export interface Edit {
	at: number;
	how:
		| 'drop'
		| 'wrap'
		| 'asText'
		| 'asNumber'
		| { set: Value }
		/** A list of so many of it; a list so many times as long. */
		| { times: number }
		/** Another key beside it. */
		| { add: string; value: Value }
		| { rename: string }
		/** The value of another place. */
		| { copy: number }
		/** Keeps so much of a text. */
		| { cut: number };
}

const key = fc.oneof(
	fc.constantFrom(...inherited, 'error', 'status', 'id', 'code', 'data', 'url', 'message', 'detail'),
	fc.string({ maxLength: 5 }),
);

const how: Arbitrary<Edit['how']> = fc.oneof(
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

export const edits: Arbitrary<Edit[]> = fc.array(fc.record({ at: fc.nat({ max: 50 }), how }), {
	minLength: 1,
	maxLength: 3,
});

type Holder = Record<string, unknown>;
interface Place {
	holder: Holder;
	key: string;
}

const isHolder = (part: unknown): part is Holder => typeof part === 'object' && part !== null;

function placesIn(holder: Holder): Place[] {
	return Object.keys(holder).flatMap((name) => {
		const part = holder[name];
		return [{ holder, key: name }, ...(isHolder(part) ? placesIn(part) : [])];
	});
}

/** Under another name; a list has none. */
function putAs(holder: Holder, name: string, part: unknown): void {
	if (Array.isArray(holder)) holder.push(part);
	else put(holder, name, part);
}

/** Also under a name that an assignment would take for the prototype. */
function put(holder: Holder, name: string, part: unknown): void {
	Object.defineProperty(holder, name, {
		value: part,
		enumerable: true,
		configurable: true,
		writable: true,
	});
}

/** JSON.stringify knows neither 1e999 nor a key that stands there twice, so a text is put in and replaced behind it. */
class Inserts {
	readonly #texts: string[] = [];

	mark(part: Value): string {
		return `fuzz insert ${this.#texts.push(written(part)) - 1} end`;
	}

	fill(json: string): string {
		return this.#texts.reduce(
			(done, each, index) => done.replaceAll(`"fuzz insert ${index} end"`, () => each),
			json,
		);
	}
}

function remove({ holder, key: name }: Place): void {
	if (Array.isArray(holder)) holder.splice(Number(name), 1);
	else Reflect.deleteProperty(holder, name);
}

function apply(edit: Edit, places: readonly Place[], inserts: Inserts): void {
	const place = places[edit.at % places.length];
	if (!place) return;
	const { holder, key: name } = place;
	const was = holder[name];
	const set = (part: unknown) => put(holder, name, part);
	const { how: change } = edit;
	if (change === 'drop') remove(place);
	else if (change === 'wrap') set([was]);
	else if (change === 'asText') set(JSON.stringify(was));
	else if (change === 'asNumber') set(Number(was));
	else if ('set' in change) set(inserts.mark(change.set));
	else if ('times' in change) set(Array.from({ length: change.times }, () => was).flat());
	else if ('add' in change) putAs(holder, change.add, inserts.mark(change.value));
	else if ('copy' in change) set(copyOf(places[change.copy % places.length]));
	else if ('cut' in change)
		set(typeof was === 'string' ? was.slice(0, Math.floor(was.length * change.cut)) : was);
	else {
		remove(place);
		putAs(holder, change.rename, was);
	}
}

/** Not the part itself: it could hold the place where it goes. */
const copyOf = (place: Place | undefined): unknown =>
	place ? structuredClone(place.holder[place.key]) : null;

/** The places of a JSON text, counted as edits do, that hold such a value. */
export function placesWith(json: string, wanted: (part: unknown) => boolean): number[] {
	const [whole, ...parts] = placesIn({ root: JSON.parse(json) as unknown });
	return [...parts, ...(whole ? [whole] : [])].flatMap(({ holder, key: name }, at) =>
		wanted(holder[name]) ? [at] : [],
	);
}

/** The text with the changes made to it; as it is where it is no JSON. */
export function edited(json: string, changes: readonly Edit[]): string {
	let root: Holder;
	try {
		root = { root: JSON.parse(json) as unknown };
	} catch {
		return json;
	}
	const inserts = new Inserts();
	for (const change of changes) {
		const [all, ...parts] = placesIn(root);
		// The whole of it is one place of many, and the least telling one to spoil.
		apply(change, parts.length > 0 ? [...parts, ...(all ? [all] : [])] : all ? [all] : [], inserts);
	}
	// What was dropped altogether has no text.
	return 'root' in root ? inserts.fill(JSON.stringify(root['root'])) : '';
}
