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

/** What a call leaves in the execution: n8n stores both marks as JSON, and any process of its own may go on with them. */
function woken(node = 'flux') {
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

describe('a node that a call has woken', () => {
	it('passes on what the call brought, each with the link to the item that asked for it, and submits nothing', async () => {
		const { items, metadata, disabled } = woken();
		expect(disabled).toBe(false);
		const run = await fixture.run(parameters, { woken: { items, metadata } });
		expect({ items: run.items, error: run.error }).toEqual({ items: images, error: null });
		expect(fixture.emulator.requests).toEqual([]);
	});

	it('submits nothing where the mark of its run is lost', async () => {
		const run = await fixture.run(parameters, { woken: { items: woken().items } });
		expect(run.items).toEqual(images);
		expect(fixture.emulator.requests).toEqual([]);
	});

	it('submits nothing where the marks of its items are lost, and leaves the links to n8n', async () => {
		const run = await fixture.run(parameters, { woken: { items: images, metadata: woken().metadata } });
		expect(run.items).toEqual(images.map(({ json }, item) => ({ json, pairedItem: { item } })));
		expect(fixture.emulator.requests).toEqual([]);
	});

	it('runs as ever with items that another node was woken for', async () => {
		const run = await fixture.run(
			{ ...parameters, completion: 'wait' },
			{ woken: { items: woken('another').items } },
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
