import sharp from 'sharp';

import { defaultModel } from '../../../nodes/FluxKontext/core/request/plan';
import { together } from '../../../nodes/FluxKontext/providers/together';
import { storedImage } from '../imageAssertions';
import { deselect, zoom } from './canvas';
import { useEditor } from './editor';
import * as nodeCreator from './nodeCreator';
import * as panel from './panel';
import { expectedOptions } from './registryOptions';
import { executeStep, preview } from './run';
import { screenshot, setTheme, themes } from './screenshot';
import { credentialFor, workflow } from './workflow';

const editor = useEditor((emulator) => ({ credentials: [credentialFor(emulator)], workflows: [workflow] }));

interface ImageSize {
	naturalWidth: number;
	naturalHeight: number;
}

const ACTIONS = ['Generate an image', 'Edit an image', 'Cancel a job', 'Get a job', 'Wait for a job'];
const TRIGGERS = ['On image done', 'On job failed'];

describe.each(themes)('the list of nodes, in the %s theme', (theme) => {
	const icon = `/icons/n8n-nodes-flux-kontext/dist/icons/fluxKontext${theme === 'dark' ? '.dark' : ''}.svg`;
	const withIcon = (names: string[]) => names.map((name) => ({ name, icon }));

	beforeAll(async () => await setTheme(editor.page, theme));
	afterAll(async () => await setTheme(editor.page, 'light'));

	it('finds the node by a part of its name and lists its actions and triggers with its icon', async () => {
		const { page, fixture } = editor;
		await editor.open(workflow);
		await zoom(page, 'out', 1);
		await nodeCreator.search(page, 'flux');
		expect(await nodeCreator.listEntries(page)).toEqual(withIcon(['Flux Kontext']));
		await nodeCreator.openDetails(page, 'Flux Kontext');
		expect(await nodeCreator.listEntries(page)).toEqual(withIcon([...ACTIONS, ...TRIGGERS]));
		const iconFile = await page.request.get(`${fixture.n8n.url}${icon}`);
		expect(iconFile.headers()).toMatchObject({ 'content-type': 'image/svg+xml' });
		await screenshot(page, 'node-creator', [theme]);
	});
});

/** Labels that both providers of these tests have. */
const COMMON_LABELS = ['Resource', 'Operation', 'Model', 'Prompt', 'Reference Images', 'Size'];

describe('a new node', () => {
	beforeEach(async () => await editor.open());

	it('starts with the provider and its credential directly below', async () => {
		await nodeCreator.add(editor.page, 'Generate an image');
		expect(await panel.labels(editor.page)).toEqual([
			'Provider',
			'Credential for Flux Kontext: Black Forest Labs API',
			...COMMON_LABELS,
			'Completion',
			'Options',
		]);
	});

	it('keeps only the values that still apply when its provider is switched', async () => {
		const { page } = editor;
		await nodeCreator.add(page, 'Generate an image');
		await panel.fill(page, 'prompt', 'a fox');
		await panel.choose(page, 'sizing', 'Aspect Ratio');
		await panel.fill(page, 'aspectRatio', '16:9');
		await panel.choose(page, 'completion', 'Submit Only');
		const options = await panel.availableOptions(page);
		for (const option of options) await panel.addOption(page, option);
		await panel.fill(page, 'seed', '7');
		expect((await panel.labels(page)).slice(-options.length)).toEqual(options);

		await panel.choose(page, 'provider', together.displayName);
		const remaining = expectedOptions(defaultModel(together, 'generate'), 'generate').filter((option) =>
			options.includes(option),
		);
		expect(options.filter((option) => !remaining.includes(option))).toEqual([
			'Callback URL',
			'Prompt Upsampling',
			'Safety Tolerance',
		]);
		expect(await panel.labels(page)).toEqual([
			'Provider',
			'Credential for Flux Kontext: Together AI API',
			...COMMON_LABELS,
			'Aspect Ratio',
			'Completion',
			'Options',
			...remaining,
		]);
		const kept = {
			prompt: 'a fox',
			sizing: 'Aspect Ratio',
			aspectRatio: '16:9',
			completion: 'Submit Only',
			seed: '7',
		};
		for (const [name, value] of Object.entries(kept))
			expect([name, await panel.fieldText(page, name)]).toEqual([name, value]);
		expect(await panel.fieldText(page, 'model')).toBe(defaultModel(together, 'generate')?.displayName);
	});

	it('flags a completion that the new provider does not support', async () => {
		const { page } = editor;
		await nodeCreator.add(page, 'Generate an image');
		await panel.choose(page, 'completion', 'Suspend Until Done');
		await panel.choose(page, 'provider', 'Together AI');
		await panel.issueSign(page, 'completion').waitFor();
		await panel.choose(page, 'completion', 'Wait for Image');
		await panel.issueSign(page, 'completion').waitFor({ state: 'hidden' });
	});

	it('shows its webhook URLs if it is the trigger', async () => {
		const { page, fixture } = editor;
		await nodeCreator.add(page, 'On image done');
		const { 'Test URL': test = '', 'Production URL': production = '' } = await panel.webhookUrls(page);
		expect(production).toMatch(new RegExp(`^${fixture.n8n.url}/webhook/[-\\w]{36}/flux-kontext$`));
		expect(test).toBe(production.replace('/webhook/', '/webhook-test/'));
	});
});

it('runs and shows the output image beside the input image', async () => {
	const { page, fixture } = editor;
	await editor.open(workflow);
	await panel.open(page, 'Edit an image');
	await executeStep(page);
	const { data } = await fixture.n8n.execution(workflow.id);
	for (const [node, side] of [
		['Generate an image', 'ndv-input-panel'],
		['Edit an image', 'output-panel'],
	] as const) {
		const [item] = data.resultData.runData[node]?.[0]?.data?.['main']?.[0] ?? [];
		const bytes = await storedImage(fixture, item);
		const { width, height } = await sharp(bytes).metadata();
		const image = await preview(page, side);
		expect(
			await image.evaluate(({ naturalWidth, naturalHeight }: ImageSize) => ({
				naturalWidth,
				naturalHeight,
			})),
		).toEqual({ naturalWidth: width, naturalHeight: height });
		const response = await page.request.get((await image.getAttribute('src')) ?? '');
		expect((await response.body()).equals(bytes)).toBe(true);
	}
	expect(fixture.emulator.jobs.map(({ operation }) => operation)).toEqual(['generate', 'edit']);
	await screenshot(page, 'panel');
	await panel.close(page);
	await deselect(page);
	await zoom(page, 'in', 2);
	await screenshot(page, 'canvas');
});
