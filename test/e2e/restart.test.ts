import type { ProviderId } from '../../tools/emulator';
import { outputsOf, storedImage, useN8nFixture } from './n8nFixture';
import type { Execution } from '../../tools/n8n-host/executions';
import { billed, bodyOf, finishJobs, until } from './jobsByHand';
import { calling, imageOfItem } from './suspendedWorkflows';
import type { FluxWorkflow } from '../../tools/n8n-host/fluxWorkflow';

const after = { name: 'After', type: 'n8n-nodes-base.noOp', parameters: {} };
const atOnce = { items: 'items', respond: 'atOnce' as const, then: [after] };

const flux = calling.flatMap((provider): FluxWorkflow[] => [
	{ name: `${provider}-suspend`, parameters: imageOfItem(provider, { completion: 'suspend' }), ...atOnce },
	{ name: `${provider}-wait`, parameters: imageOfItem(provider), ...atOnce },
	finishJobs(provider),
]);
const fixture = useN8nFixture(flux, async () => await Promise.resolve({}));

async function call(name: string, prompt: string): Promise<void> {
	const items = [{ prompt, image: fixture.emulator.sampleImage.url }];
	expect((await fixture.n8n.webhook(name, { items })).status).toBe(200);
}

const prompts = (provider: string) => [`${provider} one`, `${provider} two`];
const polledPrompt = (provider: string) => `${provider} three`;

/** The prompts of what an execution has put out, each image of which is in the store. */
async function delivered(execution: Execution): Promise<Array<string | undefined>> {
	const items = outputsOf(execution)[0] ?? [];
	for (const item of items) await storedImage(fixture, item);
	return items.map(
		({ json }) =>
			fixture.emulator.jobs.find(({ id }) => id === (json['job'] as { id: string }).id)?.prompt,
	);
}

describe('n8n is killed while ten executions sleep and five poll, and started again', () => {
	const woken: Partial<Record<ProviderId, Execution[]>> = {};
	const crashed: Partial<Record<ProviderId, Execution>> = {};
	const images: Partial<Record<ProviderId, Array<string | undefined>>> = {};
	const byHand: Partial<Record<ProviderId, Array<string | undefined>>> = {};
	const jobIds: Partial<Record<ProviderId, string>> = {};
	let bills: Record<string, number>;
	let billsAfter: Record<string, number>;

	// The emulator is emptied before each test: what they look at is gathered here.
	beforeAll(async () => {
		fixture.emulator.clear();
		fixture.emulator.timing.runMs = 30_000;
		for (const provider of calling) {
			await call(`${provider}-wait`, polledPrompt(provider));
			// Runpod calls while nobody is there, and again.
			if (provider !== 'runpod')
				for (const prompt of prompts(provider)) await call(`${provider}-suspend`, prompt);
		}
		fixture.emulator.timing.runMs = 4_000;
		for (const prompt of prompts('runpod')) await call('runpod-suspend', prompt);
		for (const provider of calling)
			await fixture.executions(`${provider}-suspend`, 2, { status: ['waiting'] });
		await until('all jobs are submitted', () => fixture.emulator.jobs.length === 15);
		const killed = Date.now();
		await fixture.restart();
		process.stderr.write(`n8n was up again ${Date.now() - killed} ms after it was killed\n`);
		for (const provider of calling) crashed[provider] = await fixture.execution(`${provider}-wait`);
		for (const provider of calling) {
			woken[provider] = await fixture.executions(`${provider}-suspend`, 2, {
				status: ['success', 'error', 'crashed'],
				timeoutMs: 150_000,
			});
			images[provider] = (await Promise.all(woken[provider].map(delivered))).flat();
		}
		bills = billed(fixture.emulator);
		for (const { provider, status } of fixture.emulator.callbacks)
			if (status !== 200) process.stderr.write(`${provider} was answered ${status}\n`);
		for (const provider of calling) {
			const jobs = fixture.emulator.jobs.filter(({ prompt }) => prompt === polledPrompt(provider));
			jobIds[provider] = jobs[0]?.id ?? '';
			await fixture.n8n.webhook(`${provider}-finish`, bodyOf(jobs));
			byHand[provider] = await delivered(await fixture.execution(`${provider}-finish`));
		}
		billsAfter = billed(fixture.emulator);
	}, 400_000);

	it.each(calling)('those that sleep deliver, each image once, at %s', (provider) => {
		expect(woken[provider]?.map(({ status }) => status)).toEqual(['success', 'success']);
		expect(images[provider]).toEqual(prompts(provider));
		for (const { data } of woken[provider] ?? []) {
			expect(data.resultData.runData['Split Out']?.[0]?.data?.['main']?.[0]).toHaveLength(1);
			expect(data.resultData.runData['After']?.[0]?.data?.['main']?.[0]).toHaveLength(1);
		}
	});

	it('nothing is billed twice', () => {
		const asked = calling.flatMap((provider) => [...prompts(provider), polledPrompt(provider)]);
		expect(bills).toEqual(Object.fromEntries(asked.map((prompt) => [prompt, 1])));
		expect(billsAfter).toEqual(bills);
	});

	it.each(calling)('n8n calls those that poll crashed, and keeps none of their jobs, at %s', (provider) => {
		const { status, data } = crashed[provider] ?? {};
		expect(status).toBe('crashed');
		expect(data?.resultData.error?.message).toBe('Workflow did not finish, possible out-of-memory issue');
		expect(data?.resultData.runData['Flux Kontext']).toMatchObject([
			{ executionStatus: 'crashed', error: { message: 'Execution stopped at this node' } },
		]);
		expect(JSON.stringify(data)).not.toContain(jobIds[provider]);
	});

	it.each(calling)('their jobs are finished with the ids that %s lists', (provider) => {
		expect(byHand[provider]).toEqual([polledPrompt(provider)]);
	});
});
