import { NodeHelpers, type INodeParameters, type INodeProperties } from 'n8n-workflow';

import type { Operation } from '../../nodes/FluxKontext/core/request/model';
import { optionKinds, optionNames } from '../../nodes/FluxKontext/core/request/options';
import { defaultModel } from '../../nodes/FluxKontext/core/request/plan';
import { takesScale } from '../../nodes/FluxKontext/core/request/sizes';
import { FluxKontext } from '../../nodes/FluxKontext/FluxKontext.node';
import { providers } from '../../nodes/FluxKontext/providers';

const { description } = new FluxKontext();
const { properties } = description;
const node = { typeVersion: 1 };

/** Returns the panel's values after `chosen` are set: n8n adds the defaults of all visible parameters. */
const panelWith = (chosen: INodeParameters): INodeParameters =>
	NodeHelpers.getNodeParameters(properties, chosen, true, false, node, description) ?? {};

const shownIn = (values: INodeParameters): INodeProperties[] =>
	properties.filter((property) => NodeHelpers.displayParameter(values, property, node, description));

const optionsShownIn = (values: INodeParameters): INodeProperties[] => {
	const collection = shownIn(values).find(({ name }) => name === 'options')?.options as INodeProperties[];
	return collection.filter((option) => NodeHelpers.displayParameter({}, option, node, description, values));
};

const named = (list: readonly INodeProperties[], name: string): INodeProperties => {
	const found = list.filter((property) => property.name === name);
	expect(found).toHaveLength(1);
	return found[0] as INodeProperties;
};

const nodeOptions = [
	'additionalFields',
	'binaryField',
	'cancelOnTimeout',
	'concurrency',
	'fileName',
	'maxCost',
	'timeout',
];

const operationsOf = (provider: string): Operation[] =>
	provider === 'runpod' ? ['edit'] : ['generate', 'edit'];
const combinations = providers.flatMap((provider) =>
	operationsOf(provider.id).map((operation) => ({
		provider,
		operation,
		title: `${operation} with ${provider.displayName}`,
	})),
);

it('defaults to a generation with Black Forest Labs', () => {
	expect(panelWith({})).toEqual({
		provider: 'blackForestLabs',
		resource: 'image',
		operation: 'generate',
		model: {
			mode: 'list',
			value: 'flux-kontext-pro',
			cachedResultName: 'FLUX.1 Kontext [pro]',
			__rl: true,
		},
		prompt: '',
		inputImages: {},
		sizing: 'auto',
		completion: 'wait',
		options: {},
	});
});

it.each(providers)('offers the operations of $displayName and defaults to the first of them', ({ id }) => {
	const values = panelWith({ provider: id });
	const operation = named(shownIn(values), 'operation');
	const choices = (operation.options ?? []).map((option) => ('value' in option ? option.value : null));
	expect(choices).toEqual(operationsOf(id));
	expect(operation.default).toBe(operationsOf(id)[0]);
	expect(values['operation']).toBe(operationsOf(id)[0]);
});

describe.each(combinations)('$title', ({ provider, operation }) => {
	const values = panelWith({ provider: provider.id, operation });
	const model = defaultModel(provider, operation);
	const spec = model?.operations[operation];

	it('shows each property once', () => {
		const names = shownIn(values).map(({ name }) => name);
		expect(names).toEqual([
			'provider',
			'resource',
			'operation',
			'model',
			'prompt',
			...((spec?.inputImages.max ?? 0) > 0 ? ['inputImages'] : []),
			'sizing',
			'completion',
			'options',
		]);
	});

	it('shows width and height for a size in pixels, and the ratio for an aspect ratio', () => {
		const addedFor = (sizing: string) => {
			const initial = shownIn(values).map(({ name }) => name);
			const names = shownIn(panelWith({ provider: provider.id, operation, sizing })).map(
				({ name }) => name,
			);
			return names.filter((name) => !initial.includes(name));
		};
		expect(addedFor('aspectRatio')).toEqual(['aspectRatio']);
		expect(addedFor('pixels')).toEqual(['width', 'height']);
		expect(panelWith({ provider: provider.id, operation, sizing: 'pixels' })).toMatchObject({
			width: 1024,
			height: 1024,
		});
		expect(panelWith({ provider: provider.id, operation, sizing: 'aspectRatio' })).toMatchObject({
			aspectRatio: '1:1',
		});
	});

	it('defaults to the first model of the provider for the operation', () => {
		expect(values['model']).toMatchObject({
			mode: 'list',
			value: model?.id,
			cachedResultName: model?.displayName,
		});
	});

	it('defaults to one binary image for an edit, and to no reference image', () => {
		const images =
			spec?.inputImages.max === 0
				? undefined
				: operation === 'edit'
					? { image: [{ source: 'binary', binaryProperty: 'data' }] }
					: {};
		expect(values['inputImages']).toEqual(images);
	});

	it('shows exactly the options that the registry lists for the model, and the node options', () => {
		const own = optionNames.filter((name) => name !== 'numberOfImages' && spec?.options[name]);
		const scale = spec && takesScale(spec.size) ? ['resolution'] : [];
		const names = optionsShownIn(values).map(({ name }) => name);
		expect([...names].sort()).toEqual([...own, 'numberOfImages', ...scale, ...nodeOptions].sort());
	});

	it('shows the options sorted by display name, with the names, limits and choices of the registry', () => {
		const shown = optionsShownIn(values);
		const titles = shown.map(({ displayName }) => displayName);
		expect(titles).toEqual([...titles].sort((a, b) => a.localeCompare(b)));
		for (const name of optionNames) {
			const option = spec?.options[name];
			if (!option || name === 'numberOfImages') continue;
			const property = named(shown, name);
			expect(property.displayName).toBe(optionKinds[name].displayName);
			if (option.values) {
				const choices = (property.options ?? []).map((choice) =>
					'value' in choice ? choice.value : null,
				);
				const { values: supported } = option;
				expect(choices).toEqual(
					optionKinds[name].values?.filter((value) => supported[value] !== undefined),
				);
			}
			if (option.min !== undefined && !option.clamp)
				expect(property.typeOptions?.minValue).toBe(option.min);
			if (option.max !== undefined && !option.clamp)
				expect(property.typeOptions?.maxValue).toBe(option.max);
		}
	});

	it('requests exactly one credential, that of the provider', () => {
		const shown = (description.credentials ?? []).filter((credential) =>
			NodeHelpers.displayParameter(values, credential, node, description),
		);
		expect(shown.map(({ name }) => name)).toEqual([provider.credential]);
	});
});

describe.each(providers)('the resource Job with $displayName', ({ id, credential }) => {
	it.each([
		['wait', ['binaryField', 'cancelOnTimeout', 'concurrency', 'fileName', 'timeout']],
		['get', ['binaryField', 'concurrency', 'fileName', 'timeout']],
		['cancel', ['concurrency']],
	])('shows the job, the options of %s and the credential', (operation, options) => {
		const values = panelWith({ provider: id, resource: 'job', operation });
		expect(shownIn(values).map(({ name }) => name)).toEqual([
			'provider',
			'resource',
			'operation',
			'job',
			'options',
		]);
		expect(values).toMatchObject({ operation, job: '={{ $json.job }}' });
		expect(
			optionsShownIn(values)
				.map(({ name }) => name)
				.sort(),
		).toEqual(options);
		const shown = (description.credentials ?? []).filter((entry) =>
			NodeHelpers.displayParameter(values, entry, node, description),
		);
		expect(shown.map(({ name }) => name)).toEqual([credential]);
	});
});

it('defaults to the operation Wait for the resource Job', () => {
	expect(panelWith({ resource: 'job' })['operation']).toBe('wait');
});

it('shows only the field of its source for each entry of the input images', () => {
	const collection = named(shownIn(panelWith({ operation: 'edit' })), 'inputImages');
	const fields = (collection.options?.[0] as { values: INodeProperties[] }).values;
	const shown = (source: string) =>
		fields
			.filter((field) => NodeHelpers.displayParameter({ source }, field, node, description))
			.map(({ name }) => name);
	expect(shown('binary')).toEqual(['source', 'binaryProperty']);
	expect(shown('url')).toEqual(['source', 'url']);
	expect(shown('base64')).toEqual(['source', 'base64']);
});

it('bases every condition on an existing parameter and on values that it can have', () => {
	const rootValues = (name: string): unknown[] =>
		properties
			.filter((property) => property.name === name)
			.flatMap(({ options = [] }) =>
				options.map((option) => ('value' in option ? option.value : null)),
			);
	const optionList = properties.find(({ name }) => name === 'options')?.options as INodeProperties[];
	const conditions = [...properties, ...optionList].flatMap(({ name, displayOptions }) =>
		[displayOptions?.show ?? {}, displayOptions?.hide ?? {}].flatMap((part) =>
			Object.entries(part).map(([key, values]) => ({
				name,
				key: key.replace(/^\//, ''),
				values: values as unknown[],
			})),
		),
	);
	expect(conditions.length).toBeGreaterThan(20);
	const modelIds = providers.flatMap(({ models }) => models.map(({ id }) => id));
	for (const { name, key, values } of conditions) {
		const known = key === 'model' ? ['', ...modelIds] : rootValues(key);
		expect({ name, key, unknown: values.filter((value) => !known.includes(value)) }).toEqual({
			name,
			key,
			unknown: [],
		});
		expect(properties.map((property) => property.name)).toContain(key);
	}
});

it('is usable as a tool and has one regular output', () => {
	expect(description).toMatchObject({
		name: 'fluxKontext',
		displayName: 'Flux Kontext',
		usableAsTool: true,
		version: [1],
		outputs: ['main'],
	});
});
