import { emulatorCredentials, type NodeRun } from '../../tools/n8n-core/runNode';
import { useNodeFixture } from './nodeFixture';

const fixture = useNodeFixture();
const generate = { provider: 'blackForestLabs', operation: 'generate', prompt: 'a fox' };
const bflType = 'fluxKontextBlackForestLabsApi';

const expectRefusal = (run: NodeRun, message: string | RegExp, code: string): void => {
	if (typeof message === 'string') expect(run.error?.message).toContain(message);
	else expect(run.error?.message).toMatch(message);
	expect(run.error?.message).toMatch(/ \[Item 0\]$/);
	expect(run.error).toMatchObject({ context: { code, itemIndex: 0, job: null, jobs: [] } });
	expect(run.items).toEqual([]);
	expect(fixture.emulator.requests).toEqual([]);
};

describe('the node', () => {
	it('names the provider whose credential is missing before anything is sent', async () => {
		const credentials = Object.fromEntries(
			Object.entries(emulatorCredentials(fixture.emulator)).filter(([type]) => type !== bflType),
		);
		const run = await fixture.run(generate, { credentials });
		expectRefusal(run, /^No Black Forest Labs credential is chosen/, 'auth');
		expect(run.error?.description).toBe(
			"Choose or create a Black Forest Labs credential in the node, below 'Provider'.",
		);
	});

	it.each([
		['ftp://api.bfl.ai', 'must start with https:// or http://, but is "ftp://api.bfl.ai"'],
		['api.bfl.ai', 'must start with https:// or http://, which is missing in "api.bfl.ai"'],
		['javascript:alert(1)', 'must start with https:// or http://, but is "javascript:alert(1)"'],
		[
			'https://me:secret-word@api.bfl.ai',
			"must not contain a user or a password; the key belongs in 'API Key'",
		],
		['https://api.bfl.ai/#/v1', 'must not contain a fragment (#…)'],
		['https:///?code=secret-word', 'names no host: "https:///"'],
	])('refuses the base URL %s before anything is sent', async (baseUrl, complaint) => {
		const credentials = { [bflType]: { apiKey: 'secret-key-0001', baseUrl } };
		const run = await fixture.run(generate, { credentials });
		expect(run.error?.message).toBe(
			`'Base URL' in the Black Forest Labs credential ${complaint} [Item 0]`,
		);
		expectRefusal(run, complaint, 'invalidRequest');
		expect(JSON.stringify([run, run.error?.message])).not.toContain('secret-word');
	});

	it.each([
		['', 'The Black Forest Labs credential has no API key'],
		[' "Bearer " ', 'The Black Forest Labs credential has no API key'],
		[
			'sk-live-0123 456789',
			'The API key in the Black Forest Labs credential contains a space (U+0020) at position 13 of 19',
		],
		[
			'sk-live-0123\u2022456789',
			'The API key in the Black Forest Labs credential contains a mark of a key that is shown hidden ' +
				'or shortened (U+2022) at position 13 of 19',
		],
	])('refuses the key %j before anything is sent', async (apiKey, complaint) => {
		const { baseUrl } = fixture.emulator.providers.blackForestLabs;
		const run = await fixture.run(generate, { credentials: { [bflType]: { apiKey, baseUrl } } });
		expect(run.error?.message).toBe(`${complaint} [Item 0]`);
		expectRefusal(run, complaint, 'auth');
	});

	it.each([
		[
			{ apiKey: 'k'.repeat(100_000) },
			'The API key in the Black Forest Labs credential has 100000 characters, and a key has at most 4096',
			'auth',
		],
		[
			{ baseUrl: `https://api.bfl.ai?token=${'q'.repeat(99_975)}` },
			"'Base URL' in the Black Forest Labs credential has 100000 characters, but may have at most 2048",
			'invalidRequest',
		],
	])('refuses what is too long before anything is sent', async (change, complaint, code) => {
		const stored = { apiKey: 'secret-key-0001', baseUrl: 'https://api.bfl.ai' };
		const run = await fixture.run(generate, { credentials: { [bflType]: { ...stored, ...change } } });
		expect(run.error?.message).toBe(`${complaint} [Item 0]`);
		expectRefusal(run, complaint, code);
	});

	it('makes the image where very much white space stands around the key', async () => {
		const { baseUrl, apiKey } = fixture.emulator.providers.blackForestLabs;
		const credentials = { [bflType]: { apiKey: `${apiKey}${' '.repeat(400_000)}`, baseUrl } };
		const run = await fixture.run(generate, { credentials });
		expect(run.error).toBeNull();
		expect(run.items).toMatchObject([{ json: { job: { status: 'succeeded' } } }]);
	});

	it('trims slashes and spaces of a base URL', async () => {
		const { baseUrl, apiKey } = fixture.emulator.providers.blackForestLabs;
		const run = await fixture.run(generate, {
			credentials: { [bflType]: { apiKey, baseUrl: ` ${baseUrl}// ` } },
		});
		expect(run.error).toBeNull();
		expect(fixture.sent('submit').map(({ path }) => path)).toEqual([
			'/blackForestLabs/v1/flux-kontext-pro',
		]);
	});

	it('names an item whose expression cannot be evaluated, and makes the images of the others', async () => {
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
					error:
						"The expression of 'prompt' could not be evaluated: " +
						"Referenced node doesn't exist [Item 1]",
					details: { code: 'invalidRequest', job: null },
				},
				pairedItem: { item: 1 },
			},
		]);
		expect(fixture.submitted()).toStrictEqual([{ prompt: 'fox', output_format: 'png' }]);
	});

	it('refuses the whole run for one invalid item, and names it', async () => {
		const items = [{ json: { prompt: 'fox' } }, { json: { prompt: '' } }, { json: { prompt: 'hare' } }];
		const run = await fixture.run({ ...generate, prompt: '={{ $json.prompt }}' }, { items });
		expect(run.error?.message).toBe("'Prompt' is empty; say what the image should show [Item 1]");
		expect(fixture.emulator.requests).toEqual([]);
	});

	it('reads the options of the run from the first item, and refuses all items for them', async () => {
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

	it('leaves the check for an empty prompt in the panel to n8n', async () => {
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
