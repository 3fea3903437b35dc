import type { ProviderId } from '../../tools/emulator';
import { outputsOf, storedImage } from './imageAssertions';
import { useN8nFixture } from './n8nFixture';
import type { Execution } from '../../tools/n8n-host/executions';
import { billedJobs, finishBody, finishJobs } from './recoveredJobs';
import { afterNode, callbackProviders, itemImageParameters } from './suspendedWorkflows';
import { waitUntil } from './waitUntil';
import type { FluxWorkflow } from '../../tools/n8n-host/fluxWorkflow';

const base = { items: 'items', respond: 'immediately' as const, nextNodes: [afterNode] };

const fluxWorkflows = callbackProviders.flatMap((provider): FluxWorkflow[] => [
	{
		name: `${provider}-suspend`,
		parameters: itemImageParameters(provider, { completion: 'suspend' }),
		...base,
	},
	{ name: `${provider}-wait`, parameters: itemImageParameters(provider), ...base },
	finishJobs(provider),
]);
const fixture = useN8nFixture(fluxWorkflows, async () => await Promise.resolve({}));

async function call(name: string, prompt: string): Promise<void> {
	const items = [{ prompt, image: fixture.emulator.sampleImage.url }];
	expect((await fixture.n8n.webhook(name, { items })).status).toBe(200);
}

const prompts = (provider: string) => [`${provider} one`, `${provider} two`];
const polledPrompt = (provider: string) => `${provider} three`;

/** Returns the prompts of an execution's images, and asserts that each image is in n8n's binary store. */
async function deliveredPrompts(execution: Execution): Promise<Array<string | undefined>> {
	const items = outputsOf(execution)[0] ?? [];
	for (const item of items) await storedImage(fixture, item);
	return items.map(
		({ json }) =>
			fixture.emulator.jobs.find(({ id }) => id === (json['job'] as { id: string }).id)?.prompt,
	);
}

describe('after n8n was killed with ten suspended and five polling executions, and started again,', () => {
	const resumed: Partial<Record<ProviderId, Execution[]>> = {};
	const crashed: Partial<Record<ProviderId, Execution>> = {};
	const images: Partial<Record<ProviderId, Array<string | undefined>>> = {};
	const recovered: Partial<Record<ProviderId, Array<string | undefined>>> = {};
	const jobIds: Partial<Record<ProviderId, string>> = {};
	let jobsBefore: Record<string, number>;
	let jobsAfter: Record<string, number>;

	// Everything that the tests assert on is collected here, because the emulator is cleared before each
	// test.
	beforeAll(async () => {
		fixture.emulator.clear();
		fixture.emulator.timing.runMs = 30_000;
		for (const provider of callbackProviders) {
			await call(`${provider}-wait`, polledPrompt(provider));
			// Runpod's jobs end while n8n is down: it calls, gets no answer, and calls again.
			if (provider !== 'runpod')
				for (const prompt of prompts(provider)) await call(`${provider}-suspend`, prompt);
		}
		fixture.emulator.timing.runMs = 4_000;
		for (const prompt of prompts('runpod')) await call('runpod-suspend', prompt);
		for (const provider of callbackProviders)
			await fixture.executions(`${provider}-suspend`, 2, { status: ['waiting'] });
		await waitUntil('all jobs are submitted', () => fixture.emulator.jobs.length === 15);
		const killedAt = Date.now();
		await fixture.restart();
		process.stderr.write(`n8n was up again ${Date.now() - killedAt} ms after it was killed\n`);
		for (const provider of callbackProviders)
			crashed[provider] = await fixture.execution(`${provider}-wait`);
		for (const provider of callbackProviders) {
			resumed[provider] = await fixture.executions(`${provider}-suspend`, 2, {
				status: ['success', 'error', 'crashed'],
				timeoutMs: 150_000,
			});
			images[provider] = (await Promise.all(resumed[provider].map(deliveredPrompts))).flat();
		}
		jobsBefore = billedJobs(fixture.emulator);
		for (const { provider, status } of fixture.emulator.callbacks)
			if (status !== 200) process.stderr.write(`${provider} was answered ${status}\n`);
		for (const provider of callbackProviders) {
			const jobs = fixture.emulator.jobs.filter(({ prompt }) => prompt === polledPrompt(provider));
			jobIds[provider] = jobs[0]?.id ?? '';
			await fixture.n8n.webhook(`${provider}-finish`, finishBody(jobs));
			recovered[provider] = await deliveredPrompts(await fixture.execution(`${provider}-finish`));
		}
		jobsAfter = billedJobs(fixture.emulator);
	}, 400_000);

	it.each(callbackProviders)('the suspended executions deliver each image once, at %s', (provider) => {
		expect(resumed[provider]?.map(({ status }) => status)).toEqual(['success', 'success']);
		expect(images[provider]).toEqual(prompts(provider));
		for (const { data } of resumed[provider] ?? []) {
			expect(data.resultData.runData['Split Out']?.[0]?.data?.['main']?.[0]).toHaveLength(1);
			expect(data.resultData.runData['After']?.[0]?.data?.['main']?.[0]).toHaveLength(1);
		}
	});

	it('no job is submitted twice', () => {
		const submitted = callbackProviders.flatMap((provider) => [
			...prompts(provider),
			polledPrompt(provider),
		]);
		expect(jobsBefore).toEqual(Object.fromEntries(submitted.map((prompt) => [prompt, 1])));
		expect(jobsAfter).toEqual(jobsBefore);
	});

	it.each(callbackProviders)(
		'n8n marks the polling executions as crashed and keeps none of their jobs, at %s',
		(provider) => {
			const { status, data } = crashed[provider] ?? {};
			expect(status).toBe('crashed');
			expect(data?.resultData.error?.message).toBe(
				'Workflow did not finish, possible out-of-memory issue',
			);
			expect(data?.resultData.runData['Flux Kontext']).toMatchObject([
				{ executionStatus: 'crashed', error: { message: 'Execution stopped at this node' } },
			]);
			expect(JSON.stringify(data)).not.toContain(jobIds[provider]);
		},
	);

	it.each(callbackProviders)(
		'the jobs of the crashed executions are finished with the ids that %s lists',
		(provider) => {
			expect(recovered[provider]).toEqual([polledPrompt(provider)]);
		},
	);
});
