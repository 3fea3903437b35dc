import { fail, succeed, type Result } from '../base/faults';
import { show } from '../base/json';
import { wellFormed } from '../base/text';
import { numberComplaint } from './numbers';

/** Options that describe the image. Which model takes which, and under what name, is in the catalogue. */
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

/** Name of an image option, as saved workflows have it. */
export type OptionName = keyof ImageOptions;

/** Definition of an option, independent of any provider. */
export interface OptionKind {
	displayName: string;
	type: 'integer' | 'number' | 'boolean' | 'text' | 'choice';
	/** Limits of the option itself, inclusive. */
	min?: number;
	max?: number;
	/** Values of a choice, and their labels in the panel. */
	values?: readonly string[];
	labels?: Readonly<Record<string, string>>;
}

/** Definition of every option, in the order of the panel. */
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

/** Every option name, in the order of the panel. */
export const optionNames = Object.keys(optionKinds) as OptionName[];

/** Says what is wrong with a value, as the end of a sentence; `null` where nothing is. */
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

/** Checks values against the limits of the options themselves. `mapOptions` checks those of a model. */
export function checkOptions(values: Readonly<Record<string, unknown>>): Result<ImageOptions> {
	const options: Partial<Record<OptionName, unknown>> = {};
	for (const name of optionNames) {
		const value = values[name];
		// An expression that finds nothing leaves the option unset.
		if (value === undefined || value === null || value === '') continue;
		const kind = optionKinds[name];
		const wrong = complaint(kind, value);
		if (wrong !== null) return fail('invalidRequest', `'${kind.displayName}' ${wrong}`);
		options[name] = typeof value === 'string' ? wellFormed(value) : value;
	}
	return succeed(options as ImageOptions);
}
