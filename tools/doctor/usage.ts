import { providers } from '../../index';
import { keyNameOf } from './keys';

export const flags = {
	provider: { type: 'string', value: 'ID', text: 'whose protocol to examine; the list is below' },
	operation: {
		type: 'string',
		value: 'NAME',
		text: 'generate or edit; without it generate, where the provider can',
	},
	model: { type: 'string', value: 'ID', text: 'without it the first one of the provider' },
	prompt: { type: 'string', value: 'TEXT', text: 'without it a landscape' },
	'image-url': {
		type: 'string',
		value: 'URL',
		text: 'for an edit: an image that the provider fetches; without it a drawn one is sent',
	},
	'base-url': {
		type: 'string',
		value: 'URL',
		text: 'where the API is, if not where the provider has it; the key goes there',
	},
	out: {
		type: 'string',
		value: 'FILE',
		text: 'where to keep the image; without it, it is looked at and let go',
	},
	cancel: {
		type: 'boolean',
		value: '',
		text: 'cancel the job as soon as it is accepted, and see what becomes of it',
	},
	yes: { type: 'boolean', value: '', text: 'pay without being asked' },
	help: { type: 'boolean', value: '', text: 'this text' },
} as const;

const nameOf = ([name, { value }]: [string, { value: string }]): string => `--${name} ${value}`.trimEnd();

const table = (rows: ReadonlyArray<readonly [string, string]>): string[] => {
	const width = Math.max(...rows.map(([name]) => name.length));
	return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`);
};

export const usage = [
	'npm run doctor -- --provider ID [options]',
	'',
	'Checks the key, says what one image costs, asks, makes the image, and says which step of the protocol was confirmed.',
	'',
	...table(Object.entries(flags).map((flag) => [nameOf(flag), flag[1].text])),
	'',
	'The providers, and the environment variables that their keys are read from:',
	'',
	...table(providers.map((provider) => [provider.id, keyNameOf(provider)])),
	'',
	'The exit status is 0 if every step was confirmed, 1 if one was not or nothing was paid, 2 if there was nothing to begin with.',
].join('\n');
