import axios from 'axios';
import type { IDataObject, NodeApiError } from 'n8n-workflow';
import { setTimeout as sleep } from 'node:timers/promises';

import type { JobProvider, Provider } from '../../nodes/FluxKontext/core/provider';
import type { EmulatedJob } from '../../tools/emulator';
import { expectAnswered, outputsOf, storedImage } from './imageAssertions';
import { expectNoKeys, filesContaining } from './keyLeaks';
import { useN8nFixture } from './n8nFixture';
import { recoveryWorkflows, resumable } from './recoveryWorkflows';
import { requestsOf, stopWhilePolling, type StoppedExecution } from './stoppedExecutions';

const fixture = useN8nFixture(
	recoveryWorkflows,
	async () =>
		await Promise.resolve({
			env: {
				N8N_LOG_LEVEL: 'debug',
				// Only the emulator is allowed, and only by its IP address.
				N8N_SSRF_PROTECTION_ENABLED: 'true',
				N8N_SSRF_ALLOWED_IP_RANGES: '127.0.0.1/32',
				N8N_SSRF_BLOCKED_HOSTNAMES: 'localhost',
			},
		}),
);

/** Values of the headers for the key in the requests of all tests. */
const sentKeys = new Set<string>();

afterEach(() => {
	for (const { headers } of fixture.emulator.requests)
		sentKeys.add(headers['authorization'] ?? headers['x-key'] ?? '');
	Object.assign(fixture.emulator.timing, { queueMs: 30, runMs: 120 });
});

const prompt = 'a fox that will be remembered';
const call = async <T>(name: string, body: object = {}) =>
	await fixture.n8n.webhook<T>(name, { prompt, url: fixture.emulator.sampleImage.url, ...body });

type Job = IDataObject & { id: string; status: string };
type JobItem = IDataObject & { job: Job };

const emulatedJob = (id: string | undefined): EmulatedJob | undefined =>
	fixture.emulator.jobs.find((job) => job.id === id);

describe('stopping an execution while it polls', () => {
	const stops: Record<string, StoppedExecution> = {};
	/** Runpod cancels; fal never answers the cancel request here; TheRouter cannot cancel. */
	const stoppedProviders = ['runpod', 'fal', 'theRouter'] as const;

	beforeAll(async () => {
		fixture.emulator.clear();
		fixture.emulator.inject({ stage: 'job', kind: 'never', times: stoppedProviders.length });
		fixture.emulator.inject({ stage: 'cancel', kind: 'hang', provider: 'fal' });
		const answers = stoppedProviders.map(async (id) => await call(`${id}-image`));
		for (const id of stoppedProviders) stops[id] = await stopWhilePolling(fixture, id);
		await Promise.all(answers);
		// Longer than the longest interval between two polls, which is TheRouter's.
		await sleep(6_000);
		for (const [id, stop] of Object.entries(stops)) {
			stop.pollsLater = requestsOf(fixture, stop.job, 'status').length - stop.pollsAtStop;
			const { stoppedMs, nodeMs, cancelMs } = stop;
			process.stderr.write(
				`Stopped ${id}: n8n after ${stoppedMs} ms, the node after ${nodeMs} ms, ` +
					`cancel request after ${cancelMs ?? '-'} ms\n`,
			);
		}
	});

	it.each(stoppedProviders)('ends it within three seconds at %s and polls no more', (id) => {
		expect(stops[id]).toMatchObject({ status: 'canceled', pollsLater: 0 });
		// One second, plus two for a busy machine.
		expect(stops[id]?.stoppedMs).toBeLessThan(3_000);
		expect(stops[id]?.nodeMs).toBeLessThan(3_000);
	});

	it.each(['runpod', 'fal'])('cancels the job at %s', (id) => {
		expect(stops[id]?.job.state).toBe('cancelled');
		expect(stops[id]?.cancels).toBe(1);
	});

	it('leaves the job alone where the provider has no way to cancel it', () => {
		expect(stops['theRouter']).toMatchObject({ cancels: 0, job: { state: 'running' } });
	});
});

describe('a job that its workflow did not wait for', () => {
	/** Lets a job time out and returns its record from the error output. */
	async function fromErrorOutput(id: string): Promise<Job> {
		await call(`${id}-late-error-output`);
		const [succeeded, failed] = outputsOf(await fixture.execution(`${id}-late-error-output`));
		expect(succeeded).toEqual([]);
		expect(failed).toMatchObject([
			{ json: { details: { code: 'timeout', provider: id, job: { status: 'pending' } } } },
		]);
		return (failed?.[0]?.json['details'] as JobItem).job;
	}

	/** Lets a job time out and returns its record from the execution's error. */
	async function fromError(id: string): Promise<Job> {
		expect((await call(`${id}-late-error`)).status).toBe(500);
		const { status, data } = await fixture.execution(`${id}-late-error`);
		expect(status).toBe('error');
		const { context } = data.resultData.error as NodeApiError;
		expect(context).toMatchObject({ code: 'timeout', provider: id, jobs: [{ status: 'pending' }] });
		return (context['jobs'] as Job[])[0] as Job;
	}

	it.each([
		['of the error output', 'error-output', fromErrorOutput],
		["of the execution's error", 'error', fromError],
	])(
		'is finished by another workflow with the record %s and billed once, at every provider',
		async (_, kind, timeOut) => {
			// Longer than Replicate delays its response to a submit.
			fixture.emulator.timing.runMs = 6_500;
			const recover = async ({ id }: Provider) => {
				const job = await timeOut(id);
				expect(emulatedJob(job.id)).toMatchObject({ provider: id, state: 'running' });
				const name = `${id}-wait-${kind}`;
				await expectAnswered(fixture, name, (await call(name, { job })).data);
				const [item] = outputsOf(await fixture.execution(name))[0] ?? [];
				expect(item?.json['job']).toMatchObject({
					id: job.id,
					status: 'succeeded',
					submittedAt: job['submittedAt'],
				});
			};
			await Promise.all(resumable.map(recover));
			expect(fixture.emulator.jobs.map(({ provider }) => provider).sort()).toEqual(
				resumable.map(({ id }) => id).sort(),
			);
			expect(
				fixture.emulator.jobs.filter((job) => requestsOf(fixture, job, 'cancel').length > 0),
			).toEqual([]);
		},
	);

	const submit = async (id: string): Promise<Job> => {
		const { data } = await call<JobItem[]>(`${id}-submit`);
		expect(data).toMatchObject([{ job: { provider: id, status: 'pending' } }]);
		return (data[0] as JobItem).job;
	};

	it('can be read repeatedly until its image is available, at every provider', async () => {
		fixture.emulator.timing.runMs = 3_000;
		const fetchImage = async ({ id }: Provider) => {
			const job = await submit(id);
			for (;;) {
				const { data } = await call<JobItem[]>(`${id}-get`, { job });
				expect(data).toMatchObject([{ job: { id: job.id } }]);
				const [item] = outputsOf(await fixture.execution(`${id}-get`))[0] ?? [];
				if (data[0]?.job.status === 'succeeded') return await storedImage(fixture, item);
				expect(data[0]?.job.status).toBe('pending');
				expect(item?.binary).toBeUndefined();
				await sleep(500);
			}
		};
		await Promise.all(resumable.map(fetchImage));
		expect(fixture.emulator.jobs).toHaveLength(resumable.length);
	});

	it('is cancelled by another workflow where the provider can cancel', async () => {
		// Keeps the jobs queued: sd-server cancels no running job.
		fixture.emulator.timing.queueMs = 60_000;
		const cancel = async ({ id, cancel: cancelEndpoint }: JobProvider) => {
			const job = await submit(id);
			const { data } = await call<JobItem[]>(`${id}-cancel`, { job });
			const cancelled = cancelEndpoint !== undefined;
			expect(data).toMatchObject([{ cancelled, job: { id: job.id } }]);
			expect(emulatedJob(job.id)?.state).toBe(cancelled ? 'cancelled' : 'queued');
		};
		await Promise.all(resumable.map(cancel));
	});
});

it('sends one failed item of three to the error output and two images to the regular one', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'moderate' });
	await call('three-items', { items: ['one', 'two', 'three'].map((text) => ({ prompt: text })) });
	const [images = [], failures = []] = outputsOf(await fixture.execution('three-items'));
	const failed = fixture.emulator.jobs.find(({ state }) => state === 'moderated');
	// n8n itself adds the fields of the input item to those of the node.
	expect(failures.map(({ json }) => json)).toStrictEqual([
		{
			prompt: failed?.prompt,
			error: expect.stringMatching(
				/^Black Forest Labs refused the prompt or an input image: .* \[Item \d\]$/,
			) as unknown,
			details: {
				code: 'moderated',
				description: expect.any(String) as unknown,
				provider: 'blackForestLabs',
				httpStatus: null,
				providerStatus: 'Request Moderated',
				retryable: false,
				job: expect.objectContaining({ id: failed?.id, status: 'failed' }) as unknown,
			},
		},
	]);
	expect(images).toHaveLength(2);
	for (const image of images) await storedImage(fixture, image);
});

describe("an address that n8n's settings do not allow", () => {
	const refusal = "n8n's settings do not allow this address";
	/** URL of the emulator's sample image under another address or name of this machine. */
	const sampleUrlAt = (host: string) => fixture.emulator.sampleImage.url.replace('127.0.0.1', host);
	const downloadedPaths = () =>
		fixture.emulator.requests
			.filter(({ provider }) => provider === 'files')
			.map(({ path }) => path.split('?')[0]);

	it.each(['0.0.0.0', 'localhost'])('serves the image at %s outside of n8n', async (host) => {
		expect((await axios.get(sampleUrlAt(host), { proxy: false })).status).toBe(200);
		expect(downloadedPaths()).toHaveLength(1);
	});

	it.each(['0.0.0.0', 'localhost'])(
		'is refused as an input image at %s, with nothing downloaded or submitted',
		async (host) => {
			expect((await call('outside-input', { url: sampleUrlAt(host) })).status).toBe(500);
			const { data } = await fixture.execution('outside-input');
			expect(data.resultData.error?.message).toBe(
				`'Input Images' entry 1 could not be fetched: ${refusal} [Item 0]`,
			);
			expect(fixture.emulator.requests).toEqual([]);
		},
	);

	async function expectRefused(): Promise<void> {
		expect((await call('outside-link')).status).toBe(500);
		const error = (await fixture.execution('outside-link')).data.resultData.error as NodeApiError;
		expect(error.message).toContain(refusal);
		expect(error.context).toMatchObject({
			jobs: [{ id: fixture.emulator.jobs[0]?.id, status: 'succeeded' }],
		});
	}

	it.each(['0.0.0.0', 'localhost'])(
		'is refused in the response of a provider at %s, with nothing downloaded',
		async (host) => {
			const body = { id: 'x', status: 'Ready', result: { sample: sampleUrlAt(host) } };
			fixture.emulator.inject({ stage: 'status', kind: 'status', status: 200, body });
			await expectRefused();
			expect(downloadedPaths()).toEqual([]);
		},
	);

	it('is refused where an image URL redirects to it', async () => {
		fixture.emulator.inject({
			stage: 'download',
			kind: 'redirect',
			location: sampleUrlAt('0.0.0.0'),
			times: Infinity,
		});
		await expectRefused();
		expect(new Set(downloadedPaths())).toEqual(
			new Set([`/blackForestLabs/${fixture.emulator.jobs[0]?.id}/0.png`]),
		);
	});
});

it('has left no key in the files or the log of n8n', async () => {
	for (const { id } of resumable) {
		const { apiKey } = fixture.emulator.providers[id as keyof typeof fixture.emulator.providers];
		expect([...sentKeys].filter((value) => value.endsWith(apiKey))).toHaveLength(1);
	}
	const files = await filesContaining(fixture.n8n.userFolder, [prompt, 'flux-kontext-']);
	expect(files.filter((file) => file.includes('database.sqlite'))).not.toEqual([]);
	expect(files.filter((file) => file.includes('binary_data'))).not.toEqual([]);
	expect(fixture.n8n.log()).toContain('outside-link');
	await expectNoKeys(fixture);
});
