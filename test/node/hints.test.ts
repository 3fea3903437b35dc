import { emulatorCredentials } from '../../tools/n8n-core/runNode';
import { switched, useNodeFixture } from './nodeFixture';

const fixture = useNodeFixture();

const image = (more: object = {}) => ({
	provider: 'blackForestLabs',
	operation: 'generate',
	prompt: 'a fox',
	...more,
});
const textsOf = (hints: ReadonlyArray<{ message: string; type?: string }>, type: string) =>
	hints.filter((hint) => hint.type === type).map(({ message }) => message);

describe('the hints above the output', () => {
	it('combine warnings that several items have in common', async () => {
		const { hints } = await fixture.run(
			image({
				...switched('blackForestLabs', 'flux-kontext-pro'),
				options: { negativePrompt: '={{ $json.not }}' },
			}),
			{
				items: [{ json: { not: 'a hare' } }, { json: { not: '' } }, { json: { not: 'an owl' } }],
			},
		);
		expect(textsOf(hints, 'warning')).toEqual([
			"flux-kontext-pro has no option 'Negative Prompt'; it was not sent. [Item 0, 2]",
		]);
		expect(hints.map(({ location }) => location)).toEqual(hints.map(() => 'outputPane'));
	});

	it('say until when links at the provider work, and that the images stay', async () => {
		const { hints, items } = await fixture.run(image(), { items: [{}, {}] });
		const expiries = items
			.map(({ json }) => (json['image'] as { urlExpiresAt: string }).urlExpiresAt)
			.sort();
		expect(hints).toEqual([
			{
				message:
					`Links in 'image.url' work until ${expiries[0]}. ` +
					'The images themselves are in the binary data and stay.',
				type: 'info',
				location: 'outputPane',
			},
		]);
	});

	it('are absent if links work for days, and if there is nothing to report', async () => {
		expect((await fixture.run({ ...image(), provider: 'fal' })).hints).toEqual([]);
		expect((await fixture.run(image({ completion: 'submit' }))).hints).toEqual([]);
	});

	it('warn that the provider cannot reach n8n while the execution is suspended', async () => {
		fixture.emulator.timing.runMs = 60_000;
		const credentials = emulatorCredentials(fixture.emulator);
		const otherAddress = {
			...credentials['fluxKontextBlackForestLabsApi'],
			baseUrl: fixture.emulator.providers.blackForestLabs.baseUrl.replace('127.0.0.1', '0.0.0.0'),
		};
		const { hints } = await fixture.run(image({ completion: 'suspend' }), {
			credentials: { fluxKontextBlackForestLabsApi: otherAddress },
		});
		expect(textsOf(hints, 'warning')).toEqual([
			expect.stringContaining('set WEBHOOK_URL to its public address'),
		]);
	});

	it('are limited to a few warnings and give the number of the others', async () => {
		const options = {
			negativePrompt: 'a',
			guidance: 3,
			steps: 20,
			outputQuality: 80,
			acceleration: 'high',
			safetyChecker: true,
		};
		const { hints, items } = await fixture.run(
			image({ ...switched('blackForestLabs', 'flux-kontext-pro'), options }),
		);
		const warnings = items[0]?.json['warnings'] as unknown[];
		expect(warnings.length).toBeGreaterThan(4);
		const texts = textsOf(hints, 'warning');
		expect(texts).toHaveLength(5);
		expect(texts.at(-1)).toBe(`${warnings.length - 4} more under 'warnings' in the items`);
	});
});
