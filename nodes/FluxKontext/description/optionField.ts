import type { INodeProperties } from 'n8n-workflow';

import type { OptionSpec } from '../core/request/model';
import { optionKinds, type OptionName } from '../core/request/options';

/** The part of an option's property that depends on how the model takes the option. */
export type OptionField = Pick<INodeProperties, 'type' | 'default' | 'options' | 'typeOptions'>;

const FRACTION_DIGITS = 2;

function numberField(name: OptionName, spec: OptionSpec): OptionField {
	const kind = optionKinds[name];
	// A clamped option accepts values outside its limits, with a warning: they do not limit the field.
	const { min = kind.min, max = kind.max } = spec.clamp ? {} : spec;
	return {
		type: 'number',
		default: spec.default ?? min ?? 0,
		typeOptions: {
			...(min !== undefined && { minValue: min }),
			...(max !== undefined && { maxValue: max }),
			numberPrecision: kind.type === 'integer' ? 0 : FRACTION_DIGITS,
		},
	};
}

function choiceField(name: OptionName, spec: OptionSpec): OptionField {
	const kind = optionKinds[name];
	const values = (kind.values ?? []).filter((value) => spec.values?.[value] !== undefined);
	return {
		type: 'options',
		default: values[0] ?? '',
		options: values.map((value) => ({ name: kind.labels?.[value] ?? value, value })),
	};
}

/** Builds the input field of an option, with the limits and choices of the spec. */
export function optionField(name: OptionName, spec: OptionSpec): OptionField {
	switch (optionKinds[name].type) {
		case 'integer':
		case 'number':
			return numberField(name, spec);
		case 'boolean':
			return { type: 'boolean', default: spec.default ?? true };
		case 'text':
			return { type: 'string', default: '' };
		case 'choice':
			return choiceField(name, spec);
	}
}
