import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import type { Provider } from '../../nodes/FluxKontext/core/provider';
import { defaultModel } from '../../nodes/FluxKontext/core/request/plan';
import type { EmulatedJob } from '../../tools/emulator';
import { readImage } from '../../tools/emulator/picture';
import type { NodeRun } from '../../tools/n8n-core/runNode';
import { until, useNodeFixture, type NodeFixture } from './nodeFixture';

/** Parameters of a small image, which is quick to draw. */
export const smallImage: INodeParameters = {
	provider: 'theRouter',
	operation: 'generate',
	prompt: 'a fox',
	sizing: 'pixels',
	width: 256,
	height: 256,
};

/** Expects a list to have one entry and returns it. */
export const only = <T>(list: readonly T[]): T => {
	expect(list).toHaveLength(1);
	return list[0] as T;
};

/** Returns parameters for an image by the default model, from the sample image if it only edits. */
export function imageBy({ emulator }: NodeFixture, provider: Provider): INodeParameters {
	if (defaultModel(provider, 'generate'))
		return { provider: provider.id, operation: 'generate', prompt: 'a fox' };
	const inputImages = { image: [{ source: 'url', url: emulator.sampleImage.url }] };
	return { provider: provider.id, operation: 'edit', prompt: 'make it night', inputImages };
}

/** The node with the operations of the resource Job. */
export interface JobFixture {
	fixture: NodeFixture;
	/** Submits one job without waiting for it. Returns its item. */
	submit: (parameters: INodeParameters) => Promise<INodeExecutionData>;
	/** Runs the resource Job on an item as another execution has it: parsed from JSON. */
	runJobOperation: (
		operation: string,
		provider: string,
		json: unknown,
		overrides?: INodeParameters,
	) => Promise<NodeRun>;
	/** Waits until all jobs of the emulator have ended. */
	untilDone: () => Promise<void>;
	/** Returns the only job of the emulator. */
	onlyJob: () => EmulatedJob;
	/** Expects a run to have delivered the image of the only job. */
	expectImage: (run: NodeRun) => Promise<void>;
}

/** Starts the fixture of the node tests for tests of jobs. */
export function useJobFixture(): JobFixture {
	const fixture = useNodeFixture();
	const onlyJob = () => only(fixture.emulator.jobs);
	return {
		fixture,
		onlyJob,
		submit: async (parameters) => {
			const run = await fixture.run({ ...parameters, completion: 'submit' });
			expect(run.error).toBeNull();
			return only(run.items);
		},
		runJobOperation: async (operation, provider, json, overrides = {}) =>
			await fixture.run(
				{ resource: 'job', operation, provider, job: '={{ $json.job }}', ...overrides },
				{ items: [{ json: JSON.parse(JSON.stringify(json)) as INodeExecutionData['json'] }] },
			),
		untilDone: async () => {
			await until(() =>
				fixture.emulator.jobs.every(({ state }) => !['queued', 'running'].includes(state)),
			);
		},
		expectImage: async (run) => {
			expect(run.error).toBeNull();
			const item = only(run.items);
			const { width, height } = onlyJob();
			expect(await readImage(await run.binary(item))).toMatchObject({ width, height });
			expect(item.json).toMatchObject({
				job: { id: onlyJob().id, status: 'succeeded' },
				image: { index: 0, width, height },
			});
		},
	};
}
