// Writes docs/providers.md from the registry (npm run docs). test/unit/docs.test.ts fails while the page is stale.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { providers } from '../nodes/FluxKontext/providers';
import { optionKinds, type OptionName } from '../nodes/FluxKontext/core/options';
import { ratioText, type SizeSpec } from '../nodes/FluxKontext/core/sizes';
import type { ModelSpec, Operation, OperationSpec, OptionSpec, Provider } from '../nodes/FluxKontext/core/types';

export const page = resolve(__dirname, '..', 'docs', 'providers.md');

const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;
const seconds = (ms: number): string => `${ms / 1000} s`;
const megabytes = (bytes: number): string => `${Math.round(bytes / 100_000) / 10} MB`;

function sizeText(size: SizeSpec): string {
	switch (size.kind) {
		case 'anyRatio':
			return 'any ratio from 21:9 to 9:21';
		case 'ratios':
			return `ratios ${size.ratios.map(ratioText).join(', ')}`;
		case 'pixels':
			return `width and height, multiples of ${size.multipleOf}, ${size.min} to ${size.max} pixels a side`;
		case 'sizes':
			return `sizes ${size.sizes.map(({ width, height }) => `${width}x${height}`).join(', ')}`;
		case 'none':
			return 'decided by the model';
	}
}

function imagesText({ inputImages: { min, max, urls, bytes, maxBytes } }: OperationSpec): string {
	if (max === 0) return 'none';
	const count = min === max ? String(max) : `${min} to ${max}`;
	if (bytes === false) return `${count}, as URLs only`;
	return `${count} of at most ${megabytes(maxBytes)}${urls ? '; URLs go as they are' : ''}`;
}

function optionText(name: OptionName, { min, max, values }: OptionSpec): string {
	const label = optionKinds[name].displayName;
	if (values) return `${label} (${Object.keys(values).join(', ')})`;
	return min !== undefined && max !== undefined ? `${label} (${min} to ${max})` : label;
}

const optionsText = ({ options }: OperationSpec): string =>
	(Object.entries(options) as Array<[OptionName, OptionSpec]>).map(([name, spec]) => optionText(name, spec)).join(', ') ||
	'none';

function modelRows(model: ModelSpec): string[] {
	return (Object.entries(model.operations) as Array<[Operation, OperationSpec]>).map(([operation, spec]) =>
		row(`\`${model.id}\``, operation, imagesText(spec), sizeText(spec.size), optionsText(spec)),
	);
}

function priceRow({ id, price }: ModelSpec): string {
	return price === null
		? row(`\`${id}\``, 'not known', '', '')
		: row(`\`${id}\``, `$${price.usdPerImage}`, price.readOn, price.source);
}

function limitsText({ maxActiveJobs, submitsPer, polling, buildCancel, buildStatus, submitTimeoutMs }: Provider): string[] {
	const active = maxActiveJobs && [
		`at most ${maxActiveJobs.perKey} unfinished jobs with one key`,
		...Object.entries(maxActiveJobs.perModel ?? {}).map(([model, count]) => `${count} of \`${model}\``),
	];
	return [
		...(active ? [`Limits: ${active.join(', ')}.`] : []),
		...(submitsPer ? [`At most ${submitsPer.count} submits in ${seconds(submitsPer.ms)}; more wait their turn.`] : []),
		buildStatus
			? `Polled after ${seconds(polling.firstDelayMs)}, then every ${seconds(polling.intervalMs)} to ${seconds(polling.maxIntervalMs)}.`
			: `Synchronous: the answer to the submit is the image${submitTimeoutMs === undefined ? '' : `, waited for ${seconds(submitTimeoutMs)} at most`}.`,
		buildCancel ? 'A job can be cancelled.' : 'A job cannot be cancelled.',
	];
}

function section(provider: Provider): string[] {
	const { displayName, id, credential, defaultBaseUrl, trustedHosts, models, notes } = provider;
	const hosts = trustedHosts.length > 0 ? ` The key also goes to ${trustedHosts.map((host) => `\`${host}\``).join(', ')}, over https.` : '';
	return [
		`## ${displayName}`,
		'',
		`Provider \`${id}\`, credential \`${credential}\`, base URL ${defaultBaseUrl === '' ? 'your own' : `\`${defaultBaseUrl}\``}.${hosts}`,
		'',
		row('model', 'operation', 'input images', 'size', 'options'),
		row('---', '---', '---', '---', '---'),
		...models.flatMap(modelRows),
		'',
		row('model', 'price per image', 'read on', 'source'),
		row('---', '---', '---', '---'),
		...models.map(priceRow),
		'',
		...limitsText(provider).map((line) => `- ${line}`),
		`- Links to finished images work for: ${notes.links}.`,
		'',
		'Not verified against the live service:',
		'',
		...notes.unverified.map((line) => `- ${line}`),
		'',
		'Sources:',
		'',
		...notes.sources.map((line) => `- ${line}`),
		'',
	];
}

/** The whole page. */
export function render(list: readonly Provider[]): string {
	const sorted = [...list].sort((a, b) => a.displayName.localeCompare(b.displayName));
	return [
		'# Providers',
		'',
		'Written by `npm run docs` from the registry in `nodes/FluxKontext/providers/`; do not edit it by hand. Any model that is not in a list can be used by its ID; it is then taken to be like the first model of its provider. Numbers of images beyond what a model makes at a time are made by several jobs, each with a charge of its own.',
		'',
		...sorted.flatMap(section),
	].join('\n');
}

if (require.main === module) writeFileSync(page, render(providers));
