import type { OperationSpec, OptionSpec } from '../../nodes/FluxKontext/core/request/model';
import { optionKinds, type OptionName } from '../../nodes/FluxKontext/core/request/options';
import { ratioText } from '../../nodes/FluxKontext/core/request/ratios';
import { takesScale, type SizeSpec } from '../../nodes/FluxKontext/core/request/sizes';

const megabytes = (bytes: number): string => `${Math.round(bytes / 100_000) / 10} MB`;

/** Describes the sizes that a model supports. */
export function sizeText(size: SizeSpec): string {
	switch (size.kind) {
		case 'anyRatio':
			return 'any ratio from 21:9 to 9:21';
		case 'ratios':
			return `ratios ${size.ratios.map(ratioText).join(', ')}`;
		case 'pixels':
			return (
				`width and height, multiples of ${size.multipleOf}, ` +
				`${size.min} to ${size.max} pixels per side`
			);
		case 'sizes':
			return `sizes ${size.sizes.map(({ width, height }) => `${width}x${height}`).join(', ')}`;
		case 'none':
			return 'decided by the model';
	}
}

/** Describes how many input images a model takes, and in which form. */
export function imagesText({ inputImages: { min, max, urls, bytes, maxBytes } }: OperationSpec): string {
	if (max === 0) return 'none';
	const count = min === max ? String(max) : `${min} to ${max}`;
	if (bytes === false) return `${count}, as URLs only`;
	return `${count} of at most ${megabytes(maxBytes)}${urls ? '; URLs are passed on' : ''}`;
}

function optionText(name: OptionName, { min, max, values }: OptionSpec): string {
	const label = optionKinds[name].displayName;
	if (values) return `${label} (${Object.keys(values).join(', ')})`;
	return min !== undefined && max !== undefined ? `${label} (${min} to ${max})` : label;
}

/** Lists the options that a model takes, with their ranges and values. */
export function optionsText({ options, size, maxPromptCharacters }: OperationSpec): string {
	const modelOptions = (Object.entries(options) as Array<[OptionName, OptionSpec]>).map(([name, spec]) =>
		optionText(name, spec),
	);
	const texts = [...modelOptions, ...(takesScale(size) ? ['Resolution'] : [])];
	const prompt =
		maxPromptCharacters === undefined ? '' : `; prompts of at most ${maxPromptCharacters} characters`;
	return (texts.join(', ') || 'none') + prompt;
}
