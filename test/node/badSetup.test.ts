import { useNodeFixture } from './nodeFixture';
import { emulatorCredentials, type NodeRun } from '../../tools/n8n-core/runNode';

const fixture = useNodeFixture();
const generate = { provider: 'blackForestLabs', operation: 'generate', prompt: 'a fox' };
const bflType = 'fluxKontextBlackForestLabsApi';

const failed = (run: NodeRun, message: string | RegExp, code: string): void => {
	expect(run.error?.message).toMatch(message);
	expect(run.error?.message).toMatch(/ \[Item 0\]$/);
	expect(run.error).toMatchObject({ context: { code, itemIndex: 0, job: null, jobs: [] } });
	expect(run.items).toEqual([]);
	expect(fixture.emulator.requests).toEqual([]);
};

describe('a missing or wrong set-up is refused before anything is sent', () => {
	it('names the provider whose credential is missing', async () => {
		const credentials = Object.fromEntries(
			Object.entries(emulatorCredentials(fixture.emulator)).filter(([type]) => type !== bflType),
		);
		const run = await fixture.run(generate, { credentials });
		failed(run, /^No Black Forest Labs credential is chosen/, 'auth');
		expect(run.error?.description).toBe(
			"Choose or create a Black Forest Labs credential in the node, below 'Provider'.",
		);
	});

	it.each(['ftp://api.bfl.ai', 'api.bfl.ai', 'file:///etc', 'javascript:alert(1)'])(
		'refuses the base URL %s',
		async (baseUrl) => {
			const credentials = { [bflType]: { apiKey: 'secret-key-0001', baseUrl } };
			const run = await fixture.run(generate, { credentials });
			failed(
				run,
				`'Base URL' in the Black Forest Labs credential must start with https:// or http://, but is "${baseUrl}" [Item 0]`,
				'invalidRequest',
			);
		},
	);

	it('takes a base URL with slashes and spaces around it', async () => {
		const { baseUrl, apiKey } = fixture.emulator.providers.blackForestLabs;
		const run = await fixture.run(generate, {
			credentials: { [bflType]: { apiKey, baseUrl: ` ${baseUrl}// ` } },
		});
		expect(run.error).toBeNull();
		expect(fixture.sent('submit').map(({ path }) => path)).toEqual([
			'/blackForestLabs/v1/flux-kontext-pro',
		]);
	});

	it('names the item whose expression cannot be evaluated, and runs the others', async () => {
		const items = [{ json: { known: true } }, { json: { known: false } }];
		const parameters = {
			...generate,
			prompt: `={{ $json.known ? 'fox' : $('Nowhere').item.json.prompt }}`,
		};
		const run = await fixture.run(parameters, { items, onError: 'continueRegularOutput' });
		expect(run.error).toBeNull();
		expect(run.items).toMatchObject([
			{ json: { job: { status: 'succeeded' } }, pairedItem: { item: 0 } },
			{
				json: {
					error: "The expression of 'prompt' could not be evaluated: Referenced node doesn't exist [Item 1]",
					details: { code: 'invalidRequest', job: null },
				},
				pairedItem: { item: 1 },
			},
		]);
		expect(fixture.submitted()).toStrictEqual([{ prompt: 'fox', output_format: 'png' }]);
	});

	it('refuses the whole run for one bad item among good ones, and names it', async () => {
		const items = [{ json: { prompt: 'fox' } }, { json: { prompt: '' } }, { json: { prompt: 'hare' } }];
		const run = await fixture.run({ ...generate, prompt: '={{ $json.prompt }}' }, { items });
		expect(run.error?.message).toBe("'Prompt' is empty; say what the image should show [Item 1]");
		expect(fixture.emulator.requests).toEqual([]);
	});

	it('reads the options of the run from the first item, and refuses every item for them', async () => {
		const items = [{ json: {} }, { json: {} }];
		const run = await fixture.run(
			{ ...generate, options: { maxCost: -1 } },
			{ items, onError: 'continueRegularOutput' },
		);
		expect(run.items.map(({ json }) => json['error'])).toEqual(
			[0, 1].map((item) => `'Max Cost' must be a number 0 or more, but is -1 [Item ${item}]`),
		);
		expect(fixture.emulator.requests).toEqual([]);
	});

	it('leaves an empty prompt in the panel to the check of n8n itself', async () => {
		const run = await fixture.run({ ...generate, prompt: '' }).catch((error: unknown) => error);
		expect(String(run)).toMatch(/Parameter "Prompt" is required|The workflow has issues/);
		expect(fixture.emulator.requests).toEqual([]);
	});

	it('does nothing without items', async () => {
		const run = await fixture.run(generate, { items: [] });
		expect(run.items).toEqual([]);
		expect(fixture.emulator.requests).toEqual([]);
	});
});
