import type { ILoadOptionsFunctions } from 'n8n-workflow';

import { FluxKontext } from '../../nodes/FluxKontext/FluxKontext.node';

const { searchModels } = new FluxKontext().methods.listSearch;

/** n8n as the list may use it: it has the values of the panel, and no network. */
const panel = (values: Record<string, unknown>) =>
	({ getCurrentNodeParameter: (name: string) => values[name] }) as unknown as ILoadOptionsFunctions;
const list = async (values: Record<string, unknown>, filter?: string) =>
	(await searchModels.call(panel(values), filter)).results;

it('lists the models of the provider with their prices, without any request', async () => {
	expect(await list({ provider: 'blackForestLabs', operation: 'generate' }, 'kontext')).toEqual([
		{
			name: 'FLUX.1 Kontext [pro] (0.04 USD)',
			value: 'flux-kontext-pro',
			description: 'Fast editing and generation (flux-kontext-pro)',
		},
		{
			name: 'FLUX.1 Kontext [max] (0.08 USD)',
			value: 'flux-kontext-max',
			description: 'Best prompt following and typography (flux-kontext-max)',
		},
	]);
});

it.each([
	['max', ['flux-kontext-max', 'flux-2-max']],
	[' KONTEXT ', ['flux-kontext-pro', 'flux-kontext-max']],
	['[pro]', ['flux-kontext-pro', 'flux-2-pro']],
	['stable diffusion', []],
	['', ['flux-kontext-pro', 'flux-kontext-max', 'flux-2-pro', 'flux-2-max', 'flux-2-flex']],
])('filters by name and ID: "%s"', async (filter, expected) => {
	const results = await list({ provider: 'blackForestLabs', operation: 'edit' }, filter);
	expect(results.map(({ value }) => value)).toEqual(expected);
});

it('lists only models that have the operation', async () => {
	expect(await list({ provider: 'runpod', operation: 'generate' })).toEqual([]);
	expect(await list({ provider: 'runpod', operation: 'edit' })).toHaveLength(1);
	expect(await list({ provider: 'theRouter', operation: 'generate' })).toMatchObject([
		{ value: 'black-forest-labs/flux-kontext-dev' },
	]);
});

it('returns an empty list for an unknown provider', async () => {
	expect(await list({ provider: '={{ $json.provider }}', operation: 'edit' })).toEqual([]);
	expect(await list({})).toEqual([]);
});
