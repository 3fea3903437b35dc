import type { INodeExecutionData } from 'n8n-workflow';

import { createEngine } from '../../index';
import type { Provider, SubmitEndpoint } from '../../nodes/FluxKontext/core/provider';
import { providers } from '../../nodes/FluxKontext/providers';
import type { createNodePorts } from '../../nodes/FluxKontext/transport/ports';
import type { NodeRun } from '../../tools/n8n-core/runNode';
import { quickPolicy } from '../support/quickPolicy';
import { imageBy } from './jobFixture';
import { useNodeFixture, type RunOptions } from './nodeFixture';

/** Where an exception is thrown, for the item whose prompt or file name says so. */
type Place = 'build' | 'parse' | 'store';

// Every provider, with a submit that throws where the prompt asks for it.
jest.mock('../../nodes/FluxKontext/providers', () => {
	type Registry = typeof import('../../nodes/FluxKontext/providers');
	const actual = jest.requireActual<Registry>('../../nodes/FluxKontext/providers');
	const throwIf = (place: Place, prompt: string) => {
		if (prompt.includes(`throws in ${place}`)) throw new TypeError('half a character');
	};
	const submitWithThrows = <S>({ build, parse, ...rest }: SubmitEndpoint<S>): SubmitEndpoint<S> => ({
		...rest,
		build: (request, context) => {
			throwIf('build', request.prompt);
			return build(request, context);
		},
		parse: (response, request, context) => {
			throwIf('parse', request.prompt);
			return parse(response, request, context);
		},
	});
	const list = actual.providers.map((provider) =>
		provider.kind === 'sync'
			? { ...provider, submit: submitWithThrows(provider.submit) }
			: { ...provider, submit: submitWithThrows(provider.submit) },
	);
	const providerById: Registry['providerById'] = (id) =>
		list.find((provider) => provider.id === id) ?? null;
	return { providers: list, providerById };
});

// The store, with an exception for images that the file name asks for.
jest.mock('../../nodes/FluxKontext/transport/ports', () => {
	type Module = { createNodePorts: typeof createNodePorts };
	const actual = jest.requireActual<Module>('../../nodes/FluxKontext/transport/ports');
	const ports: typeof createNodePorts = (...args) => {
		const genuine = actual.createNodePorts(...args);
		return {
			...genuine,
			storeImage: async (image, fileName) => {
				if (fileName.includes('throws in store')) throw new Error('EMFILE: too many open files');
				return await genuine.storeImage(image, fileName);
			},
		};
	};
	return { ...actual, createNodePorts: ports };
});

const fixture = useNodeFixture();
const engine = createEngine({ policy: quickPolicy, limits: { firstRetryMs: 5, maxRetryMs: 10 } });

/** Jobs with links and with embedded images, then synchronous responses with either. */
const testedIds = ['blackForestLabs', 'sdServer', 'lumenfall', 'together'];

const COUNT = 6;
/** Item with the exception, and the tasks at a time. */
const [BAD, CONCURRENCY] = [1, 2];

async function run(
	provider: Provider,
	place: Place,
	onError: NonNullable<RunOptions['onError']>,
): Promise<NodeRun> {
	const name = (index: number) => (index === BAD ? `throws in ${place}` : `image ${index}`);
	return await fixture.run(
		{
			...imageBy(fixture, provider),
			prompt: '={{ $json.name }}',
			options: { concurrency: CONCURRENCY, fileName: '={{ $json.name }}', timeout: 20 },
		},
		{
			engine,
			onError,
			items: Array.from({ length: COUNT }, (_, index) => ({ json: { name: name(index) } })),
		},
	);
}

const itemOf = ({ pairedItem }: INodeExecutionData) => (pairedItem as { item: number }).item;
const requestCount = () => fixture.emulator.requests.length;

/** Code of the item with the exception, its job among the accepted ones, and a setting of *On Error*. */
const outcomes = {
	build: { code: 'invalidRequest', unnamed: 0, notAccepted: 1, onError: 'continueRegularOutput' },
	parse: { code: 'unavailable', unnamed: 1, notAccepted: 0, onError: 'continueErrorOutput' },
	store: { code: 'failed', unnamed: 0, notAccepted: 0, onError: 'continueRegularOutput' },
} as const;

describe.each(Object.keys(outcomes) as Place[])('an exception in %s', (place) => {
	const { code, unnamed, notAccepted, onError } = outcomes[place];
	const tested = providers.filter(({ id }) => testedIds.includes(id));
	const all = tested.map((provider) => [provider.displayName, provider] as const);

	it.each(all)(
		'of one item of %s keeps no other item from its image with Continue',
		async (_, provider) => {
			const { items, errorItems, error } = await run(provider, place, onError);
			expect(error).toBeNull();
			const every = [...items, ...errorItems].sort((a, b) => itemOf(a) - itemOf(b));
			expect(every.map(itemOf)).toEqual(Array.from({ length: COUNT }, (__, index) => index));
			const failures = every.filter(({ json }) => 'error' in json);
			expect(failures).toMatchObject([{ json: { details: { code } }, pairedItem: { item: BAD } }]);
			expect(every.filter(({ binary }) => binary !== undefined)).toHaveLength(COUNT - 1);
			expect(fixture.emulator.jobs).toHaveLength(COUNT - notAccepted);
		},
	);

	it.each(all)(
		'of one item of %s ends the run without Continue, and lists all jobs',
		async (_, provider) => {
			const { items, error, status } = await run(provider, place, 'stopWorkflow');
			const atEnd = requestCount();
			expect({ items, status, code: error?.context['code'] }).toEqual({
				items: [],
				status: 'error',
				code,
			});
			const accepted = fixture.emulator.jobs.length;
			expect(error?.context['jobs']).toHaveLength(accepted - unnamed);
			expect(accepted).toBeLessThan(COUNT - notAccepted);
			await new Promise((resolve) => setTimeout(resolve, 60));
			expect(requestCount()).toBe(atEnd);
		},
	);
});
