import { setTimeout as sleep } from 'node:timers/promises';

import { callbackOf, isJobProvider, type Provider } from '../../nodes/FluxKontext/core/provider';
import { defaultModel } from '../../nodes/FluxKontext/core/request/plan';
import { providers } from '../../nodes/FluxKontext/providers';
import type { EmulatedJob, ProviderId } from '../../tools/emulator';
import type { FluxWorkflow } from '../../tools/n8n-host/fluxWorkflow';
import { imageParameters } from './imageAssertions';
import { useN8nFixture } from './n8nFixture';
import { requestsOf } from './stoppedExecutions';
import { waitUntil } from './waitUntil';

// n8n's own button, at its default settings: a credential must authenticate after an execution has ended, when its
// expressions are gone. Waiting for a slot is covered by test/unit/core/job/slots.test.ts, storing by
// test/unit/core/image/store.test.ts: in a real n8n both are too short to be met.

const cancellable = providers.filter((provider) => isJobProvider(provider) && provider.cancel);
const ids = cancellable.map(({ id }) => id as ProviderId);
const suspendable = cancellable.filter((provider) => callbackOf(provider)).map(({ id }) => id as ProviderId);

const imageOf = (provider: Provider) =>
	defaultModel(provider, 'generate')
		? imageParameters(provider.id, 'generate')
		: {
				...imageParameters(provider.id, 'edit'),
				inputImages: { image: [{ source: 'url', url: '={{ $json.body.url }}' }] },
			};

const fixture = useN8nFixture(
	cancellable.flatMap((provider): FluxWorkflow[] => [
		// A workflow for each stage: n8n does not list a running execution before one that has ended.
		...['submitting', 'polling', 'downloading'].map((stage) => ({
			name: `${provider.id}-${stage}`,
			parameters: imageOf(provider),
		})),
		{ name: `${provider.id}-suspending`, parameters: { ...imageOf(provider), completion: 'suspend' } },
		{
			name: `${provider.id}-submit`,
			parameters: { ...imageOf(provider), completion: 'submit' },
			respond: 'items',
		},
		{
			name: `${provider.id}-cancel`,
			parameters: {
				resource: 'job',
				provider: provider.id,
				operation: 'cancel',
				job: '={{ $json.body.job }}',
			},
		},
	]),
	async () => await Promise.resolve({ env: { N8N_LOG_LEVEL: 'debug' } }),
);

/** Milliseconds within which n8n must have ended an execution: one second, plus two for a busy machine. */
const MAX_STOP_MS = 3_000;
/** Milliseconds that are watched for requests which should not come. */
const WATCH_MS = 3_000;

const call = async (name: string, body: object = {}) =>
	await fixture.n8n.webhook(name, {
		prompt: 'a fox',
		url: fixture.emulator.sampleImage.url,
		...body,
	});
const jobOf = (id: string): EmulatedJob | undefined =>
	fixture.emulator.jobs.find(({ provider }) => provider === id);

/** Stops the running execution of a workflow. Resolves with its status and how long n8n took. */
async function stop(name: string): Promise<{ status: string; tookMs: number }> {
	const { id } = await fixture.execution(name, { status: ['running'] });
	const requestedAt = Date.now();
	await fixture.n8n.rest('POST', `/executions/${id}/stop`);
	const { status, stoppedAt } = await fixture.execution(name);
	return { status, tookMs: Date.parse(stoppedAt ?? '') - requestedAt };
}

const expectStopped = ({ status, tookMs }: { status: string; tookMs: number }) => {
	expect(status).toBe('canceled');
	expect(tookMs).toBeLessThan(MAX_STOP_MS);
};

/** Expects one cancel request with the key, and nothing after it. */
async function expectCancelled(id: ProviderId): Promise<void> {
	const job = await waitUntil(`a job is accepted at ${id}`, () => jobOf(id));
	await waitUntil(`its cancellation arrives at ${id}`, () => requestsOf(fixture, job, 'cancel').length > 0);
	await waitUntil(`it is cancelled at ${id}`, () => job.state === 'cancelled');
	const { length } = fixture.emulator.requests;
	await sleep(WATCH_MS);
	expect(fixture.emulator.requests.slice(length)).toEqual([]);
	expect(requestsOf(fixture, job, 'cancel').map(({ status }) => status < 300)).toEqual([true]);
}

describe.each(ids)('at %s', (id) => {
	beforeEach(() => {
		fixture.emulator.clear();
		// In the queue, where every one of these providers can cancel.
		Object.assign(fixture.emulator.timing, { queueMs: 60_000, runMs: 120 });
	});

	it('a stop while the submit is in flight cancels the job when its answer comes, after the execution', async () => {
		fixture.emulator.inject({ stage: 'submit', kind: 'slow', ms: 4_000, provider: id });
		const answer = call(`${id}-submitting`);
		await waitUntil('the submit arrives', () =>
			fixture.emulator.requests.some(({ stage }) => stage === 'submit'),
		);
		expectStopped(await stop(`${id}-submitting`));
		expect(fixture.emulator.requests.filter(({ stage }) => stage === 'cancel')).toEqual([]);
		await expectCancelled(id);
		await answer;
	});

	it('a stop while the job is polled cancels it', async () => {
		const answer = call(`${id}-polling`);
		const job = await waitUntil('the job is accepted', () => jobOf(id));
		await waitUntil('the job is polled', () => requestsOf(fixture, job, 'status').length > 0);
		expectStopped(await stop(`${id}-polling`));
		await expectCancelled(id);
		await answer;
	});

	it('a stop during Job → Cancel ends the run, and the cancel request is not taken back', async () => {
		fixture.emulator.inject({ stage: 'cancel', kind: 'slow', ms: 4_000, provider: id });
		const { data } = await call(`${id}-submit`);
		const job = await waitUntil('the job is accepted', () => jobOf(id));
		const [item] = data as Array<{ job: object }>;
		const answer = call(`${id}-cancel`, { job: item?.job ?? {} });
		await waitUntil('the cancellation arrives', () => requestsOf(fixture, job, 'cancel').length > 0);
		expectStopped(await stop(`${id}-cancel`));
		await expectCancelled(id);
		await answer;
	});
});

// The images of the other provider are inside its responses.
describe.each(ids.filter((id) => id !== 'sdServer'))('at %s', (id) => {
	it('a stop while the image is downloaded ends the run and asks for nothing more', async () => {
		fixture.emulator.clear();
		Object.assign(fixture.emulator.timing, { queueMs: 30 });
		fixture.emulator.inject({ stage: 'download', kind: 'hang', times: 5 });
		const answer = call(`${id}-downloading`);
		await waitUntil('the download begins', () =>
			fixture.emulator.requests.some(({ stage }) => stage === 'download'),
		);
		expectStopped(await stop(`${id}-downloading`));
		const { length } = fixture.emulator.requests;
		await sleep(WATCH_MS);
		expect(fixture.emulator.requests.slice(length)).toEqual([]);
		expect(fixture.emulator.requests.filter(({ stage }) => stage === 'cancel')).toEqual([]);
		await answer;
	});
});

describe.each(suspendable)('at %s', (id) => {
	it('a stop of a suspended execution ends it; n8n does not run the node, so that its job goes on', async () => {
		fixture.emulator.clear();
		Object.assign(fixture.emulator.timing, { queueMs: 60_000 });
		const answer = call(`${id}-suspending`);
		const job = await waitUntil('the job is accepted', () => jobOf(id));
		const { id: execution } = await fixture.execution(`${id}-suspending`, { status: ['waiting'] });
		await fixture.n8n.rest('POST', `/executions/${execution}/stop`);
		await fixture.execution(`${id}-suspending`, { status: ['canceled'] });
		const { length } = fixture.emulator.requests;
		await sleep(WATCH_MS);
		expect(fixture.emulator.requests.slice(length)).toEqual([]);
		expect(job.state).not.toBe('cancelled');
		await answer;
	});
});

it('n8n ran all of this with its default expression engine', () => {
	expect(fixture.n8n.log()).toContain('[IsolatedVmBridge] Expression executed successfully');
});
