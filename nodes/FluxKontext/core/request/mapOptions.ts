import { fail, succeed, type Result } from '../base/faults';
import { mergeFields, show, type JsonObject, type JsonValue } from '../base/json';
import type { Warning } from './imageRequest';
import type { OptionSpec } from './model';
import { isOutside, rangeText } from './numbers';
import { optionKinds, optionNames, type ImageOptions, type OptionName } from './options';

/** Options under a model's own names, and warnings for what was adapted or ignored. */
export interface MappedOptions {
	fields: JsonObject;
	warnings: Warning[];
}

/** Value that the user can give to an option. */
type OptionValue = NonNullable<ImageOptions[OptionName]>;

/**
 * Value of one option as the model takes it, or `null` where it is not sent; with a warning where it was
 * changed.
 */
interface MappedValue {
	value: JsonValue | null;
	warning?: Warning;
}

/** Nests a value in the objects that a dotted path names. */
const fieldAt = (path: string, value: JsonValue): JsonObject =>
	path.split('.').reduceRight<JsonValue>((inner, key) => ({ [key]: inner }), value) as JsonObject;

function convert(value: OptionValue, { as, invert }: OptionSpec): JsonValue {
	if (invert && typeof value === 'boolean') return !value;
	return as === 'text' && typeof value === 'number' ? String(value) : value;
}

const labelOf = (name: OptionName): string => `'${optionKinds[name].displayName}'`;

function ignoreValue(name: OptionName, message: string): MappedValue {
	return {
		value: null,
		warning: { option: name, type: 'ignored', message: `${message}; it was not sent.` },
	};
}

function mapChoice(
	name: OptionName,
	value: OptionValue,
	values: NonNullable<OptionSpec['values']>,
	model: string,
): MappedValue {
	const mapped = Object.hasOwn(values, String(value)) ? values[String(value)] : undefined;
	if (mapped !== undefined) return { value: mapped };
	const choices = Object.keys(values).join(', ');
	return ignoreValue(name, `${model} takes ${choices} for ${labelOf(name)}, not ${show(value)}`);
}

function clampNumber(name: OptionName, value: number, spec: OptionSpec, model: string): MappedValue {
	const limit = Math.min(spec.max ?? value, Math.max(spec.min ?? value, value));
	const message = `${model} takes ${rangeText(spec)} for ${labelOf(name)}; ${value} became ${limit}.`;
	return { value: convert(limit, spec), warning: { option: name, type: 'adapted', message } };
}

function mapOption(
	name: OptionName,
	value: OptionValue,
	spec: OptionSpec | undefined,
	model: string,
): Result<MappedValue> {
	if (!spec) return succeed(ignoreValue(name, `${model} has no option ${labelOf(name)}`));
	if (spec.values) return succeed(mapChoice(name, value, spec.values, model));
	if (typeof value !== 'number' || !isOutside(value, spec)) return succeed({ value: convert(value, spec) });
	return spec.clamp
		? succeed(clampNumber(name, value, spec, model))
		: fail('invalidRequest', `${labelOf(name)} for ${model} must be ${rangeText(spec)}, but is ${value}`);
}

/**
 * Translates options to a model's own names and values. What the model cannot take is ignored with a warning;
 * a number outside its limits is refused (`invalidRequest`) or clamped with a warning, as the spec says.
 */
export function mapOptions(
	options: ImageOptions,
	specs: Readonly<Partial<Record<OptionName, OptionSpec>>>,
	model: string,
): Result<MappedOptions> {
	let fields: JsonObject = {};
	const warnings: Warning[] = [];
	for (const name of optionNames) {
		const value: OptionValue | undefined = options[name];
		const spec = specs[name];
		// The number of images is distributed over jobs: see prepare.ts.
		if (value === undefined || name === 'numberOfImages') continue;
		const mapped = mapOption(name, value, spec, model);
		if (!mapped.ok) return mapped;
		const { value: sent, warning } = mapped.value;
		if (sent !== null && spec) fields = mergeFields(fields, fieldAt(spec.field, sent));
		if (warning) warnings.push(warning);
	}
	return succeed({ fields, warnings });
}
