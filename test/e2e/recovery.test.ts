import axios from 'axios';
import type { IDataObject, NodeApiError } from 'n8n-workflow';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Provider } from '../../nodes/FluxKontext/core/provider';
import type { EmulatedJob, RecordedRequest } from '../../tools/emulator';
import { expectAnswered, outputsOf, storedImage, useN8nFixture } from './n8nFixture';
import { recoveryWorkflows, resumable } from './recoveryWorkflows';
import { expectNoKeys, filesWith } from './traces';

const fixture = useN8nFixture(
	recoveryWorkflows,
	async () =>
		await Promise.resolve({
			env: {
				N8N_LOG_LEVEL: 'debug',
				// Only the emulator may be reached, and only by its number.
				N8N_SSRF_PROTECTION_ENABLED: 'true',
				N8N_SSRF_ALLOWED_IP_RANGES: '127.0.0.1/32',
				N8N_SSRF_BLOCKED_HOSTNAMES: 'localhost',
			},
		}),
);

/** What the requests had for a key, in all tests. */
const shownKeys = new Set<string>();

afterEach(() => {
	for (const { headers } of fixture.emulator.requests)
		shownKeys.add(headers['authorization'] ?? headers['x-key'] ?? '');
	Object.assign(fixture.emulator.timing, { queueMs: 30, runMs: 120 });
});

async function until<T>(look: () => T | undefined | false): Promise<T> {
	for (let tries = 0; tries < 1_500; tries += 1) {
		const seen = look();
		if (seen !== undefined && seen !== false) return seen;
		await sleep(20);
	}
	throw new Error('It did not come true');
}

const prompt = 'a fox that will be remembered';
const call = async <T>(name: string, body: object = {}) =>
	await fixture.n8n.webhook<T>(name, { prompt, url: fixture.emulator.sampleImage.url, ...body });

type Job = IDataObject & { id: string; status: string };
type JobItem = IDataObject & { job: Job };

const emulated = (id: string | undefined): EmulatedJob | undefined =>
	fixture.emulator.jobs.find((job) => job.id === id);
const requestsOf = (job: EmulatedJob, stage: RecordedRequest['stage']) =>
	fixture.emulator.requests.filter((request) => request.stage === stage && request.path.includes(job.id));

describe('stopping an execution while it polls', () => {
	interface Stop {
		job: EmulatedJob;
		status: string;
		/** Milliseconds from the request to n8n's own time of the end, to the node's end, and to the request to cancel. */
		stoppedMs: number;
		nodeMs: number;
		cancelMs: number | null;
		pollsAtStop: number;
		pollsLater: number;
		cancels: number;
	}
	const stops: Record<string, Stop> = {};
	/** runpod: cancels; fal: its answer to that never comes; theRouter: has no way to. */
	const stopped = ['runpod', 'fal', 'theRouter'] as const;

	async function stop(id: (typeof stopped)[number]): Promise<Stop> {
		const name = `${id}-image`;
		const job = await until(() => fixture.emulator.jobs.find(({ provider }) => provider === id));
		await until(() => requestsOf(job, 'status').length > 0);
		const execution = await fixture.execution(name, { status: ['running'] });
		const asked = Date.now();
		await fixture.n8n.rest('POST', `/executions/${execution.id}/stop`);
		// n8n keeps nothing of what a node says after the stop, except in its log.
		await until(() => fixture.n8n.log().includes(`${job.id} [Item 0]`));
		const nodeMs = Date.now() - asked;
		const pollsAtStop = requestsOf(job, 'status').length;
		const { status, stoppedAt } = await fixture.execution(name);
		const [cancel] = requestsOf(job, 'cancel');
		return {
			job,
			status,
			stoppedMs: Date.parse(stoppedAt ?? '') - asked,
			nodeMs,
			cancelMs: cancel ? cancel.at - asked : null,
			pollsAtStop,
			pollsLater: NaN,
			cancels: requestsOf(job, 'cancel').length,
		};
	}

	beforeAll(async () => {
		fixture.emulator.clear();
		fixture.emulator.inject({ stage: 'job', kind: 'never', times: stopped.length });
		fixture.emulator.inject({ stage: 'cancel', kind: 'hang', provider: 'fal' });
		const answers = stopped.map(async (id) => await call(`${id}-image`));
		for (const id of stopped) stops[id] = await stop(id);
		await Promise.all(answers);
		// Longer than the longest pause between two polls, theRouter's.
		await sleep(6_000);
		for (const [id, done] of Object.entries(stops)) {
			done.pollsLater = requestsOf(done.job, 'status').length - done.pollsAtStop;
			const { stoppedMs, nodeMs, cancelMs } = done;
			process.stderr.write(
				`Stopped ${id}: n8n after ${stoppedMs} ms, the node after ${nodeMs} ms, asked to cancel after ${cancelMs ?? '-'} ms\n`,
			);
		}
	});

	it.each(stopped)('ends it within a second at %s, and asks for the job no more', (id) => {
		expect(stops[id]).toMatchObject({ status: 'canceled', pollsLater: 0 });
		// A second, and two for a busy machine.
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

describe('a job that the workflow did not wait for', () => {
	/** What ran out of time says of its job, to a workflow behind its error output … */
	async function fromErrorOutput(id: string): Promise<Job> {
		await call(`${id}-late-error-output`);
		const [succeeded, failed] = outputsOf(await fixture.execution(`${id}-late-error-output`));
		expect(succeeded).toEqual([]);
		expect(failed).toMatchObject([
			{ json: { details: { code: 'timeout', provider: id, job: { status: 'pending' } } } },
		]);
		return (failed?.[0]?.json['details'] as JobItem).job;
	}

	/** … or to whoever looks at the execution. */
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
		'is finished by another workflow, with the job %s, billed once, at every provider',
		async (_, kind, timedOut) => {
			// Longer than Replicate holds its answer to a submit.
			fixture.emulator.timing.runMs = 6_500;
			const recover = async ({ id }: Provider) => {
				const job = await timedOut(id);
				expect(emulated(job.id)).toMatchObject({ provider: id, state: 'running' });
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
			expect(fixture.emulator.jobs.filter((job) => requestsOf(job, 'cancel').length > 0)).toEqual([]);
		},
	);

	const submit = async (id: string): Promise<Job> => {
		const { data } = await call<JobItem[]>(`${id}-submit`);
		expect(data).toMatchObject([{ job: { provider: id, status: 'pending' } }]);
		return (data[0] as JobItem).job;
	};

	it('is asked for until its image is there, at every provider', async () => {
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

	it('is cancelled by another workflow, where the provider can', async () => {
		// A job that waits for its turn: sd-server cancels no other.
		fixture.emulator.timing.queueMs = 60_000;
		const cancel = async ({ id, buildCancel }: Provider) => {
			const job = await submit(id);
			const { data } = await call<JobItem[]>(`${id}-cancel`, { job });
			const cancelled = buildCancel !== undefined;
			expect(data).toMatchObject([{ cancelled, job: { id: job.id } }]);
			expect(emulated(job.id)?.state).toBe(cancelled ? 'cancelled' : 'queued');
		};
		await Promise.all(resumable.map(cancel));
	});
});

it('sends the one failure of three items to the error output, and two images on', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'moderate' });
	await call('three-items', { items: ['one', 'two', 'three'].map((text) => ({ prompt: text })) });
	const [images = [], failures = []] = outputsOf(await fixture.execution('three-items'));
	const failed = fixture.emulator.jobs.find(({ state }) => state === 'moderated');
	// n8n itself puts the fields of the input item beside those of the node.
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
	/** The emulator's images, under another of this machine's addresses or under its name. */
	const under = (host: string) => fixture.emulator.sampleImage.url.replace('127.0.0.1', host);
	const fetched = () =>
		fixture.emulator.requests
			.filter(({ provider }) => provider === 'files')
			.map(({ path }) => path.split('?')[0]);

	it.each(['0.0.0.0', 'localhost'])('is real: the picture is there at %s for others', async (host) => {
		expect((await axios.get(under(host), { proxy: false })).status).toBe(200);
		expect(fetched()).toHaveLength(1);
	});

	it.each(['0.0.0.0', 'localhost'])(
		'is refused as an input image at %s, and nothing is fetched or submitted',
		async (host) => {
			expect((await call('outside-input', { url: under(host) })).status).toBe(500);
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
		'is refused in the answer of a provider, at %s, and nothing is fetched',
		async (host) => {
			const body = { id: 'x', status: 'Ready', result: { sample: under(host) } };
			fixture.emulator.inject({ stage: 'status', kind: 'status', status: 200, body });
			await expectRefused();
			expect(fetched()).toEqual([]);
		},
	);

	it('is refused where the link of an image is redirected to it', async () => {
		fixture.emulator.inject({
			stage: 'download',
			kind: 'redirect',
			location: under('0.0.0.0'),
			times: Infinity,
		});
		await expectRefused();
		expect(new Set(fetched())).toEqual(
			new Set([`/blackForestLabs/${fixture.emulator.jobs[0]?.id}/0.png`]),
		);
	});
});

it('leaves no key in the files or in the log of n8n, after all that', async () => {
	for (const { id } of resumable) {
		const { apiKey } = fixture.emulator.providers[id as keyof typeof fixture.emulator.providers];
		expect([...shownKeys].filter((value) => value.endsWith(apiKey))).toHaveLength(1);
	}
	const files = await filesWith(fixture.n8n.userFolder, [prompt, 'flux-kontext-']);
	expect(files.filter((file) => file.includes('database.sqlite'))).not.toEqual([]);
	expect(files.filter((file) => file.includes('binary_data'))).not.toEqual([]);
	expect(fixture.n8n.log()).toContain('outside-link');
	await expectNoKeys(fixture);
});
