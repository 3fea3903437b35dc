import { fail, succeed, type Result } from '../base/faults';
import type { JsonObject, JsonValue } from '../base/json';
import { isObject } from '../base/json';
import type { OptionSpec, Warning } from '../provider';

/** The options that describe the image; which model takes which, and under what name, is in the registry. */
export interface ImageOptions {
	seed?: number;
	numberOfImages?: number;
	outputFormat?: string;
	outputQuality?: number;
	guidance?: number;
	steps?: number;
	negativePrompt?: string;
	promptUpsampling?: boolean;
	safetyTolerance?: number;
	safetyChecker?: boolean;
	acceleration?: string;
}

export type OptionName = keyof ImageOptions;

interface OptionKind {
	displayName: string;
	type: 'integer' | 'number' | 'boolean' | 'text' | 'choice';
	/** The limits of the option itself, whatever the provider. */
	min?: number;
	max?: number;
	values?: readonly string[];
	/** How the values are shown. */
	labels?: Readonly<Record<string, string>>;
}

export const optionKinds: Readonly<Record<OptionName, OptionKind>> = {
	seed: { displayName: 'Seed', type: 'integer', min: 0, max: Number.MAX_SAFE_INTEGER },
	numberOfImages: { displayName: 'Number of Images', type: 'integer', min: 1, max: 20 },
	outputFormat: {
		displayName: 'Output Format',
		type: 'choice',
		values: ['png', 'jpeg', 'webp', 'gif', 'avif'],
		labels: { png: 'PNG', jpeg: 'JPEG', webp: 'WebP', gif: 'GIF', avif: 'AVIF' },
	},
	outputQuality: { displayName: 'Output Quality', type: 'integer', min: 0, max: 100 },
	guidance: { displayName: 'Guidance', type: 'number', min: 0 },
	steps: { displayName: 'Steps', type: 'integer', min: 1 },
	negativePrompt: { displayName: 'Negative Prompt', type: 'text' },
	promptUpsampling: { displayName: 'Prompt Upsampling', type: 'boolean' },
	safetyTolerance: { displayName: 'Safety Tolerance', type: 'integer', min: 0, max: 6 },
	safetyChecker: { displayName: 'Safety Checker', type: 'boolean' },
	acceleration: {
		displayName: 'Acceleration',
		type: 'choice',
		values: ['none', 'regular', 'high'],
		labels: { none: 'None', regular: 'Regular', high: 'High' },
	},
};

export const optionNames = Object.keys(optionKinds) as OptionName[];

const range = (min?: number, max?: number): string =>
	min !== undefined && max !== undefined && max < Number.MAX_SAFE_INTEGER
		? `from ${min} to ${max}`
		: min !== undefined
			? `${min} or more`
			: `at most ${max}`;

function outside(value: number, { min, max }: { min?: number; max?: number }): boolean {
	return (min !== undefined && value < min) || (max !== undefined && value > max);
}

function told(value: JsonValue, { as, invert }: OptionSpec): JsonValue {
	if (invert && typeof value === 'boolean') return !value;
	return as === 'text' && typeof value === 'number' ? String(value) : value;
}

/** What is wrong with a number, as the end of a sentence: "must be a whole number from 0 to 6, but is 9". */
export function numberComplaint(
	value: unknown,
	{ whole, min, max }: { whole: boolean; min?: number; max?: number },
): string | null {
	const limits = { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
	const right = typeof value === 'number' && Number.isFinite(value) && (!whole || Number.isInteger(value));
	if (right && !outside(value, limits)) return null;
	const what = whole ? 'a whole number' : 'a number';
	const bounds = min === undefined && max === undefined ? '' : ` ${range(min, max)}`;
	return `must be ${what}${bounds}, but is ${show(value)}`;
}

export function show(value: unknown): string {
	return typeof value === 'string' ? `"${value}"` : JSON.stringify(value);
}

function complaint(kind: OptionKind, value: unknown): string | null {
	switch (kind.type) {
		case 'integer':
		case 'number':
			return numberComplaint(value, { whole: kind.type === 'integer', ...kind });
		case 'boolean':
			return typeof value === 'boolean' ? null : `must be true or false, but is ${show(value)}`;
		case 'text':
			return typeof value === 'string' ? null : `must be text, but is ${show(value)}`;
		case 'choice':
			return kind.values?.includes(value as string)
				? null
				: `must be one of ${kind.values?.join(', ')}, but is ${show(value)}`;
	}
}

/** Checks option values against the options' own limits. Those of a provider are checked by `mapOptions`. */
export function checkOptions(values: Readonly<Record<string, unknown>>): Result<ImageOptions> {
	const options: Partial<Record<OptionName, unknown>> = {};
	for (const name of optionNames) {
		const value = values[name];
		// An expression that found nothing leaves the option unset.
		if (value === undefined || value === null || value === '') continue;
		const kind = optionKinds[name];
		const wrong = complaint(kind, value);
		if (wrong !== null) return fail('invalidRequest', `'${kind.displayName}' ${wrong}`);
		options[name] = value;
	}
	return succeed(options as ImageOptions);
}

/** A field that stands alone, within the objects that its name leads into. */
const fieldAt = (path: string, value: JsonValue): JsonObject =>
	path.split('.').reduceRight<JsonValue>((inner, key) => ({ [key]: inner }), value) as JsonObject;

/**
 * The options under the provider's own names and values. What the model cannot take is ignored with a warning;
 * a number outside the provider's limits is refused, or moved to the limit with a warning, as the spec says.
 */
export function mapOptions(
	options: ImageOptions,
	specs: Readonly<Partial<Record<OptionName, OptionSpec>>>,
	model: string,
): Result<{ fields: JsonObject; warnings: Warning[] }> {
	let fields: JsonObject = {};
	const warnings: Warning[] = [];
	const set = (path: string, value: JsonValue) => {
		fields = mergeFields(fields, fieldAt(path, value));
	};
	for (const name of optionNames) {
		const value: JsonValue | undefined = options[name];
		const spec = specs[name];
		// Spread over jobs, as the model takes them: see prepare.ts.
		if (value === undefined || name === 'numberOfImages') continue;
		const label = `'${optionKinds[name].displayName}'`;
		if (!spec) {
			warnings.push({
				option: name,
				type: 'ignored',
				message: `${model} has no option ${label}; it was not sent.`,
			});
		} else if (spec.values) {
			const theirs = Object.hasOwn(spec.values, String(value)) ? spec.values[String(value)] : undefined;
			if (theirs !== undefined) set(spec.field, theirs);
			else {
				const choices = Object.keys(spec.values).join(', ');
				warnings.push({
					option: name,
					type: 'ignored',
					message: `${model} takes ${choices} for ${label}, not ${show(value)}; it was not sent.`,
				});
			}
		} else if (typeof value === 'number' && outside(value, spec)) {
			if (!spec.clamp) {
				return fail(
					'invalidRequest',
					`${label} for ${model} must be ${range(spec.min, spec.max)}, but is ${value}`,
				);
			}
			const limit = Math.min(spec.max ?? value, Math.max(spec.min ?? value, value));
			set(spec.field, told(limit, spec));
			warnings.push({
				option: name,
				type: 'adapted',
				message: `${model} takes ${range(spec.min, spec.max)} for ${label}; ${value} became ${limit}.`,
			});
		} else {
			set(spec.field, told(value, spec));
		}
	}
	return succeed({ fields, warnings });
}

/** Lays `extra` over `base`; objects are merged, all else is replaced. */
export function mergeFields(base: JsonObject, extra: JsonObject): JsonObject {
	const merged: JsonObject = { ...base };
	for (const [key, value] of Object.entries(extra)) {
		const present = merged[key];
		merged[key] = isObject(present) && isObject(value) ? mergeFields(present, value) : value;
	}
	return merged;
}
