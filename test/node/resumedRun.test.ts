import type { IExecuteData, INodeExecutionData, IWebhookFunctions } from 'n8n-workflow';

import { requeueNode } from '../../nodes/FluxKontext/actions/suspend/resumedRun';
import { useNodeFixture } from './nodeFixture';

const fixture = useNodeFixture();

const parameters = {
	provider: 'blackForestLabs',
	operation: 'generate',
	prompt: '={{ $json.prompt }}',
	completion: 'suspend',
};
const images: INodeExecutionData[] = [0, 0, 1].map((item, index) => ({
	json: { prompt: `image ${index}` },
	pairedItem: { item },
}));

/** Returns what a webhook leaves in the execution: n8n stores it as JSON, and any process may resume it. */
function resumedInput(node = 'flux') {
	const entry = { node: { id: node, disabled: true }, data: {}, source: null } as unknown as IExecuteData;
	const context = {
		getNode: () => ({ id: node }),
		runExecutionData: { executionData: { nodeExecutionStack: [entry] } },
	};
	const items = requeueNode(context as unknown as IWebhookFunctions, images);
	return JSON.parse(JSON.stringify({ items, metadata: entry.metadata, disabled: entry.node.disabled })) as {
		items: INodeExecutionData[];
		metadata: NonNullable<IExecuteData['metadata']>;
		disabled: boolean;
	};
}

describe('a node whose execution a webhook has resumed', () => {
	it('passes on the items of the webhook, paired with their input items, and submits nothing', async () => {
		const { items, metadata, disabled } = resumedInput();
		expect(disabled).toBe(false);
		const run = await fixture.run(parameters, { resumed: { items, metadata } });
		expect({ items: run.items, error: run.error }).toEqual({ items: images, error: null });
		expect(fixture.emulator.requests).toEqual([]);
	});

	it('submits nothing if the mark of the run is lost', async () => {
		const run = await fixture.run(parameters, { resumed: { items: resumedInput().items } });
		expect(run.items).toEqual(images);
		expect(fixture.emulator.requests).toEqual([]);
	});

	it('submits nothing if the marks of the items are lost, and leaves the pairing to n8n', async () => {
		const run = await fixture.run(parameters, {
			resumed: { items: images, metadata: resumedInput().metadata },
		});
		expect(run.items).toEqual(images.map(({ json }, item) => ({ json, pairedItem: { item } })));
		expect(fixture.emulator.requests).toEqual([]);
	});

	it('submits jobs for items that were marked for another node', async () => {
		const run = await fixture.run(
			{ ...parameters, completion: 'wait' },
			{ resumed: { items: resumedInput('another').items } },
		);
		expect(run.items.map(({ json }) => (json['job'] as { status: string }).status)).toEqual([
			'succeeded',
			'succeeded',
			'succeeded',
		]);
		expect(fixture.emulator.jobs.map(({ prompt }) => prompt).sort()).toEqual([
			'image 0',
			'image 1',
			'image 2',
		]);
	});
});
