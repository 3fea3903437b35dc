import type { INodeProperties } from 'n8n-workflow';

import { callbackOf } from '../../nodes/FluxKontext/core/provider';
import { FluxKontextTrigger } from '../../nodes/FluxKontext/FluxKontextTrigger.node';
import { providers } from '../../nodes/FluxKontext/providers';
import { emulatorCredentials } from '../../tools/n8n-core/runNode';
import { useNodeFixture } from './nodeFixture';

const fixture = useNodeFixture();
const image = (provider: string, overrides: object) => ({
	provider,
	operation: 'generate',
	prompt: 'a fox',
	sizing: 'aspectRatio',
	...overrides,
});
const callbackProviders = providers.filter(callbackOf).map(({ id }) => id);

describe('the completion Suspend', () => {
	it('is offered for the providers that make callbacks', () => {
		expect(callbackProviders).toEqual(['aiGenerate', 'blackForestLabs', 'fal', 'replicate', 'runpod']);
	});

	it.each(providers.filter((provider) => !callbackOf(provider)))(
		'is refused before anything is paid at $displayName, which makes no callbacks',
		async ({ id, displayName }) => {
			const run = await fixture.run(image(id, { completion: '={{ "suspend" }}' }));
			expect(run.error).toMatchObject({
				message:
					`'Completion' cannot be Suspend: ${displayName} ` +
					'does not call back when an image is done [Item 0]',
				description: "Choose 'Wait for Image' or 'Submit Only'.",
				context: { code: 'invalidRequest', jobs: [] },
			});
			expect(fixture.emulator.requests).toEqual([]);
		},
	);

	// The agent waits for the response of its tool.
	it('is refused before anything is paid if an agent uses the node as a tool', async () => {
		const run = await fixture.run(image('blackForestLabs', { completion: 'suspend' }), { asTool: true });
		expect(run.error).toMatchObject({
			message: "'Completion' cannot be Suspend where an agent uses the node as a tool [Item 0]",
			description: "Choose 'Wait for Image' or 'Submit Only'.",
		});
		expect(fixture.emulator.requests).toEqual([]);
	});

	it('delivers images at once that are ready before the execution is suspended', async () => {
		Object.assign(fixture.emulator.timing, { queueMs: 0, runMs: 0 });
		const run = await fixture.run(image('blackForestLabs', { completion: 'suspend' }), {
			items: [{}, {}],
		});
		expect(run.status).toBe('success');
		expect(run.items).toMatchObject(
			[0, 1].map((item) => ({
				json: { job: { status: 'succeeded' } },
				binary: { data: { mimeType: 'image/png' } },
				pairedItem: { item },
			})),
		);
		expect(run.items.map((item) => Object.keys(item).sort())).toEqual([
			['binary', 'json', 'pairedItem'],
			['binary', 'json', 'pairedItem'],
		]);
	});

	it('warns if the provider cannot reach n8n at its configured address', async () => {
		fixture.emulator.timing.runMs = 60_000;
		const credentials = emulatorCredentials(fixture.emulator);
		// Another address of the same server, which is not a loopback address.
		const otherAddress = {
			...credentials['fluxKontextBlackForestLabsApi'],
			baseUrl: fixture.emulator.providers.blackForestLabs.baseUrl.replace('127.0.0.1', '0.0.0.0'),
		};
		const run = await fixture.run(image('blackForestLabs', { completion: 'suspend' }), {
			credentials: { fluxKontextBlackForestLabsApi: otherAddress },
		});
		const message =
			'Black Forest Labs cannot reach this n8n at http://127.0.0.1:5678: ' +
			'set WEBHOOK_URL to its public address, or the execution stays suspended until the timeout.';
		expect(run.items[0]?.json['warnings']).toEqual([{ option: 'completion', type: 'adapted', message }]);
	});

	it('suspends the execution with its jobs, and sends the callback URL to the provider', async () => {
		fixture.emulator.timing.runMs = 60_000;
		const run = await fixture.run(
			image('blackForestLabs', { completion: 'suspend', options: { numberOfImages: 2 } }),
		);
		expect(run.status).toBe('waiting');
		expect(run.items).toMatchObject(
			[0, 1].map(() => ({ json: { job: { status: 'pending' } }, pairedItem: { item: 0 } })),
		);
		expect(fixture.submitted()).toMatchObject(
			[0, 1].map(() => ({
				webhook_url: expect.stringContaining('/webhook-waiting/execution') as unknown,
				webhook_secret: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
			})),
		);
	});
});

describe('the option Callback URL', () => {
	const callbackUrl = 'http://127.0.0.1:9/webhook/somewhere';

	it('is signed with the key and carries the facts that a webhook lacks', async () => {
		const run = await fixture.run(
			image('blackForestLabs', { completion: 'submit', options: { callbackUrl, seed: 7 } }),
		);
		expect(run.error).toBeNull();
		const [body] = fixture.submitted() as Array<{ webhook_url: string }>;
		const url = new URL(body?.webhook_url ?? '');
		const [text = ''] = (url.searchParams.get('flux') ?? '').split('.');
		expect(`${url.origin}${url.pathname}`).toBe(callbackUrl);
		expect(JSON.parse(Buffer.from(text, 'base64url').toString())).toEqual({
			model: 'flux-kontext-pro',
			submittedAt: expect.any(String) as unknown,
			seed: 7,
			nonce: expect.stringMatching(/^[\w-]{16}$/) as unknown,
		});
		expect(url.href).not.toContain(fixture.emulator.providers.blackForestLabs.apiKey);
	});

	it.each([
		[
			'if the node waits for the image',
			'blackForestLabs',
			'wait',
			"No callback is made unless 'Completion' is Submit Only.",
		],
		[
			'at a provider that makes no callbacks',
			'theRouter',
			'submit',
			'TheRouter does not call back when an image is done.',
		],
	])('is ignored with a warning %s', async (_, provider, completion, message) => {
		// Set by expressions, because n8n drops parameters that the panel hides.
		const model = { __rl: true, mode: 'id', value: '' };
		const run = await fixture.run(
			image(`={{ "${provider}" }}`, {
				model,
				completion: `={{ "${completion}" }}`,
				options: { callbackUrl },
			}),
		);
		expect(run.items[0]?.json['warnings']).toContainEqual({
			option: 'callbackUrl',
			type: 'ignored',
			message,
		});
	});

	it('is refused if it is not an HTTP URL', async () => {
		const run = await fixture.run(
			image('blackForestLabs', {
				completion: 'submit',
				options: { callbackUrl: 'file:///etc/passwd' },
			}),
		);
		expect(run.error?.message).toBe(
			'\'Callback URL\' must start with https://, but is "file:///etc/passwd" [Item 0]',
		);
		expect(fixture.emulator.requests).toEqual([]);
	});
});

it('offers the providers that make callbacks in the trigger, each with its credential', () => {
	const { description } = new FluxKontextTrigger();
	const { options = [] } = description.properties.find(
		({ name }) => name === 'provider',
	) as INodeProperties;
	expect(options.map((option) => ('value' in option ? option.value : null)).sort()).toEqual(
		callbackProviders,
	);
	expect(description.credentials?.map(({ name }) => name)).toEqual(
		providers.filter(callbackOf).map(({ credential }) => credential),
	);
});
