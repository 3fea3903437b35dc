import { providers } from '../../index';
import { keyVariableOf } from './keys';

/**
 * Options of the command line. `value` is the placeholder for an option's value, empty for one without a
 * value.
 */
export const flags = {
	provider: { type: 'string', value: 'ID', text: 'provider to examine; see the list below' },
	operation: {
		type: 'string',
		value: 'NAME',
		text: 'generate or edit (default: generate, if the provider can)',
	},
	model: { type: 'string', value: 'ID', text: "model to use (default: the provider's first model)" },
	prompt: { type: 'string', value: 'TEXT', text: 'prompt (default: a landscape)' },
	'image-url': {
		type: 'string',
		value: 'URL',
		text: 'for an edit: input image that the provider fetches (default: a drawn image is sent)',
	},
	'base-url': {
		type: 'string',
		value: 'URL',
		text: "URL of the API, if not the provider's own; the key is sent there",
	},
	out: { type: 'string', value: 'FILE', text: 'file to save the image in (default: it is discarded)' },
	cancel: {
		type: 'boolean',
		value: '',
		text: 'cancel the job as soon as it is accepted, and check its final status',
	},
	yes: { type: 'boolean', value: '', text: 'pay without confirmation' },
	help: { type: 'boolean', value: '', text: 'print this text' },
} as const;

const synopsisOf = ([name, { value }]: [string, { value: string }]): string => `--${name} ${value}`.trimEnd();

const table = (rows: ReadonlyArray<readonly [string, string]>): string[] => {
	const width = Math.max(...rows.map(([name]) => name.length));
	return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`);
};

/** Help text of the command. */
export const usage = [
	'npm run doctor -- --provider ID [options]',
	'',
	'Checks the key, shows the price of one image, asks for confirmation, makes the image,',
	'and reports which steps of the protocol were confirmed.',
	'',
	...table(Object.entries(flags).map((flag) => [synopsisOf(flag), flag[1].text])),
	'',
	'Providers, and the environment variables that their keys are read from:',
	'',
	...table(providers.map((provider) => [provider.id, keyVariableOf(provider)])),
	'',
	'Exit status: 0 if every step was confirmed, 1 if one was not or nothing was paid,',
	'2 if the command line or the environment is invalid.',
].join('\n');
