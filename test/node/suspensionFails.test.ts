import type { IExecuteFunctions, INodeExecutionData, NodeApiError } from 'n8n-workflow';

import { createEngine } from '../../index';
import { executeNode } from '../../nodes/FluxKontext/actions/router';
import { emulatorCredentials, inContext } from '../../tools/n8n-core/runNode';
import { quickPolicy } from '../support/quickPolicy';
import { useNodeFixture } from './nodeFixture';

const fixture = useNodeFixture();
const engine = createEngine({ policy: quickPolicy });

/** Runs the node for two items in an n8n that cannot store the execution. */
async function run(onError: 'stopWorkflow' | 'continueRegularOutput'): Promise<INodeExecutionData[]> {
	fixture.emulator.timing.runMs = 60_000;
	const parameters = {
		resource: 'image',
		operation: 'generate',
		provider: 'blackForestLabs',
		prompt: 'a fox',
		completion: 'suspend',
	};
	const credentials = emulatorCredentials(fixture.emulator);
	return await inContext({ parameters, credentials, items: [{}, {}], onError }, async (context) => {
		const broken: IExecuteFunctions = Object.create(context, {
			putExecutionToWait: {
				value: async () => await Promise.reject(new Error('the database is gone')),
			},
		}) as IExecuteFunctions;
		return await executeNode(broken, engine);
	});
}

const jobIds = () => fixture.emulator.jobs.map(({ id }) => id);
const message = 'An unexpected error ended the suspension: the database is gone';

it('lists every accepted job where the execution cannot be suspended', async () => {
	const error = (await run('stopWorkflow').catch((thrown: unknown) => thrown)) as NodeApiError;
	expect(error).toMatchObject({ message: `${message} [Item 0]`, context: { code: 'failed' } });
	const listed = (error.context['jobs'] as Array<{ id: string }>).map(({ id }) => id);
	expect(listed.sort()).toEqual(jobIds().sort());
	expect(listed).toHaveLength(2);
});

it('turns each of them into an error item with Continue', async () => {
	const items = await run('continueRegularOutput');
	expect(items.map(({ json }) => json)).toMatchObject(
		[0, 1].map((item) => ({
			error: `${message} [Item ${item}]`,
			details: { code: 'failed', job: { status: 'pending' } },
		})),
	);
});
