import sharp from 'sharp';

import { defaultModel } from '../../../nodes/FluxKontext/core/request/prepare';
import { together } from '../../../nodes/FluxKontext/providers/together';
import { storedImage } from '../n8nFixture';
import { chooseNone, zoom } from './canvas';
import { useEditor } from './editor';
import * as nodeCreator from './nodeCreator';
import { optionsOf } from './offer';
import { executeStep, preview } from './output';
import * as panel from './panel';
import { picture, themes, wear } from './picture';
import { accountOf, workflow } from './workflow';

const editor = useEditor((emulator) => ({ credentials: [accountOf(emulator)], workflows: [workflow] }));

interface Drawn {
	naturalWidth: number;
	naturalHeight: number;
}

const ACTIONS = ['Generate an image', 'Edit an image', 'Cancel a job', 'Get a job', 'Wait for a job'];
const TRIGGERS = ['On image done', 'On job failed'];

describe.each(themes)('the list of nodes, in the %s theme', (theme) => {
	const icon = `/icons/n8n-nodes-flux-kontext/dist/icons/fluxKontext${theme === 'dark' ? '.dark' : ''}.svg`;
	const withIcon = (names: string[]) => names.map((name) => ({ name, icon }));

	beforeAll(async () => await wear(editor.page, theme));
	afterAll(async () => await wear(editor.page, 'light'));

	it('has the node by a part of its name, and then its actions and triggers, each with its icon', async () => {
		const { page, fixture } = editor;
		await editor.open(workflow);
		await zoom(page, 'out', 1);
		await nodeCreator.search(page, 'flux');
		expect(await nodeCreator.listed(page)).toEqual(withIcon(['Flux Kontext']));
		await nodeCreator.details(page, 'Flux Kontext');
		expect(await nodeCreator.listed(page)).toEqual(withIcon([...ACTIONS, ...TRIGGERS]));
		const drawing = await page.request.get(`${fixture.n8n.url}${icon}`);
		expect(drawing.headers()).toMatchObject({ 'content-type': 'image/svg+xml' });
		await picture(page, 'node-creator', [theme]);
	});
});

/** Those that are there for both providers of these tests. */
const LABELS = ['Resource', 'Operation', 'Model', 'Prompt', 'Reference Images', 'Size'];

describe('a new node', () => {
	beforeEach(async () => await editor.open());

	it('begins with the provider, with its credential directly below', async () => {
		await nodeCreator.add(editor.page, 'Generate an image');
		expect(await panel.labels(editor.page)).toEqual([
			'Provider',
			'Credential for Flux Kontext: Black Forest Labs API',
			...LABELS,
			'Completion',
			'Options',
		]);
	});

	it('keeps what still fits when its provider is switched, and nothing else', async () => {
		const { page } = editor;
		await nodeCreator.add(page, 'Generate an image');
		await panel.fill(page, 'prompt', 'a fox');
		await panel.choose(page, 'sizing', 'Aspect Ratio');
		await panel.fill(page, 'aspectRatio', '16:9');
		await panel.choose(page, 'completion', 'Submit Only');
		const offered = await panel.offeredOptions(page);
		for (const option of offered) await panel.addOption(page, option);
		await panel.fill(page, 'seed', '7');
		expect((await panel.labels(page)).slice(-offered.length)).toEqual(offered);

		await panel.choose(page, 'provider', together.displayName);
		const fitting = optionsOf(defaultModel(together, 'generate'), 'generate').filter((option) =>
			offered.includes(option),
		);
		expect(offered.filter((option) => !fitting.includes(option))).toEqual([
			'Callback URL',
			'Prompt Upsampling',
			'Safety Tolerance',
		]);
		expect(await panel.labels(page)).toEqual([
			'Provider',
			'Credential for Flux Kontext: Together AI API',
			...LABELS,
			'Aspect Ratio',
			'Completion',
			'Options',
			...fitting,
		]);
		const kept = {
			prompt: 'a fox',
			sizing: 'Aspect Ratio',
			aspectRatio: '16:9',
			completion: 'Submit Only',
			seed: '7',
		};
		for (const [name, value] of Object.entries(kept))
			expect([name, await panel.shown(page, name)]).toEqual([name, value]);
		expect(await panel.shown(page, 'model')).toBe(defaultModel(together, 'generate')?.displayName);
	});

	it('marks a completion that the new provider does not have', async () => {
		const { page } = editor;
		await nodeCreator.add(page, 'Generate an image');
		await panel.choose(page, 'completion', 'Suspend Until Done');
		await panel.choose(page, 'provider', 'Together AI');
		await panel.mark(page, 'completion').waitFor();
		await panel.choose(page, 'completion', 'Wait for Image');
		await panel.mark(page, 'completion').waitFor({ state: 'hidden' });
	});

	it('shows its webhook URLs, if it is the trigger', async () => {
		const { page, fixture } = editor;
		await nodeCreator.add(page, 'On image done');
		const { 'Test URL': test = '', 'Production URL': production = '' } = await panel.webhookUrls(page);
		expect(production).toMatch(new RegExp(`^${fixture.n8n.url}/webhook/[-\\w]{36}/flux-kontext$`));
		expect(test).toBe(production.replace('/webhook/', '/webhook-test/'));
	});
});

it('runs, and shows the image that comes out beside the one that went in', async () => {
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
			await image.evaluate(({ naturalWidth, naturalHeight }: Drawn) => ({
				naturalWidth,
				naturalHeight,
			})),
		).toEqual({ naturalWidth: width, naturalHeight: height });
		const seen = await page.request.get((await image.getAttribute('src')) ?? '');
		expect((await seen.body()).equals(bytes)).toBe(true);
	}
	expect(fixture.emulator.jobs.map(({ operation }) => operation)).toEqual(['generate', 'edit']);
	await picture(page, 'panel');
	await panel.close(page);
	await chooseNone(page);
	await zoom(page, 'in', 2);
	await picture(page, 'canvas');
});
