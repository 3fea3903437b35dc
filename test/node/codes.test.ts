import type { INodeParameters } from 'n8n-workflow';

import { startEmulator, type Fault } from '../../tools/emulator';
import { emulatorCredentials, type NodeRun } from '../../tools/n8n-core/runNode';
import { jobRecord } from './expected';
import {
	picture,
	providerIds,
	until,
	useNodeFixture,
	withBinary,
	type TestedProvider,
	type RunOptions,
} from './nodeFixture';

const fixture = useNodeFixture();
let image: Buffer;
beforeAll(async () => {
	image = await picture(64, 64);
});

/** Parameters of an edit. */
const editAt = (provider: string, options: INodeParameters = {}): INodeParameters => ({
	provider,
	operation: 'edit',
	prompt: 'at night',
	options,
});
const edit = async (
	provider: string,
	options: INodeParameters = {},
	overrides: RunOptions = {},
): Promise<NodeRun> =>
	await fixture.run(editAt(provider, options), {
		items: [withBinary(image)],
		onError: 'continueRegularOutput',
		...overrides,
	});

type Details = Record<string, unknown> & { code: string };
function detailsOf(run: NodeRun): Details & { error: string } {
	expect(run.error).toBeNull();
	expect(run.items).toHaveLength(1);
	const { error, details } = run.items[0]?.json as { error: string; details: Details };
	expect(Object.keys(run.items[0]?.json ?? {})).toEqual(['error', 'details']);
	expect(Object.keys(details)).toEqual([
		'code',
		'description',
		'provider',
		'httpStatus',
		'providerStatus',
		'retryable',
		'job',
	]);
	expect(error).toMatch(/ \[Item 0\]$/);
	return { ...details, error };
}
/** Returns the expected record of the only job. */
const onlyJobRecord = (status: string, providerStatus: string) => {
	const [job] = fixture.emulator.jobs;
	expect(fixture.emulator.jobs).toHaveLength(1);
	return job ? jobRecord(fixture, job, status, providerStatus) : null;
};

describe.each(providerIds)('details.code at %s', (provider) => {
	it('is auth for a wrong key, which is not disclosed', async () => {
		const apiKey = 'wrong-key-0123456789';
		const credentials = emulatorCredentials(fixture.emulator);
		for (const type of Object.keys(credentials)) credentials[type] = { ...credentials[type], apiKey };
		const run = await edit(provider, {}, { credentials });
		const httpStatus = provider === 'blackForestLabs' ? 403 : 401;
		expect(detailsOf(run)).toMatchObject({ code: 'auth', httpStatus, retryable: false, job: null });
		const stopped = await edit(provider, {}, { credentials, onError: 'stopWorkflow' });
		expect(stopped.error).toMatchObject({ httpCode: String(httpStatus), context: { code: 'auth' } });
		const { message, description, context, stack } = stopped.error ?? {};
		expect(
			JSON.stringify([run.items, stopped.error, message, description, context, stack]),
		).not.toContain(apiKey);
	});

	it('is payment if the account has no credit left', async () => {
		fixture.emulator.inject({ stage: 'submit', kind: 'status', status: 402 });
		expect(detailsOf(await edit(provider))).toMatchObject({
			code: 'payment',
			httpStatus: 402,
			retryable: true,
			job: null,
		});
		expect(fixture.sent('submit')).toHaveLength(1);
	});

	it('is absent if the provider answers 429 once and then accepts the job', async () => {
		fixture.emulator.inject({
			stage: 'submit',
			kind: 'status',
			status: 429,
			headers: { 'retry-after': '0' },
		});
		const run = await edit(provider);
		expect(run.items).toMatchObject([{ json: { job: { status: 'succeeded' } } }]);
		expect(fixture.emulator.jobs).toHaveLength(1);
	});

	it('is moderated if the provider refuses the content', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'moderate' });
		const details = detailsOf(await edit(provider));
		const statusWord = { blackForestLabs: 'Content Moderated', theRouter: 'failed', runpod: 'FAILED' }[
			provider
		];
		expect(details).toMatchObject({ code: 'moderated', retryable: false, providerStatus: statusWord });
		expect(details['job']).toStrictEqual(onlyJobRecord('failed', statusWord));
	});

	it('is failed if the job fails', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'fail' });
		const details = detailsOf(await edit(provider));
		const statusWord = { blackForestLabs: 'Error', theRouter: 'failed', runpod: 'FAILED' }[provider];
		expect(details).toMatchObject({ code: 'failed', retryable: true, providerStatus: statusWord });
		expect(details.error).toContain('The model failed on this request');
		expect(details['job']).toStrictEqual(onlyJobRecord('failed', statusWord));
	});

	it('is timeout if the job never ends, with the job, which is cancelled if possible', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'never' });
		const details = detailsOf(await edit(provider, { timeout: 1 }));
		const statusWord = { blackForestLabs: 'Pending', theRouter: 'in_progress', runpod: 'IN_PROGRESS' }[
			provider
		];
		expect(details).toMatchObject({ code: 'timeout', providerStatus: statusWord, retryable: true });
		expect(details['job']).toStrictEqual(onlyJobRecord('pending', statusWord));
		expect(details.error).toContain(fixture.emulator.jobs[0]?.id);
		expect(fixture.emulator.jobs[0]?.state).toBe(provider === 'runpod' ? 'cancelled' : 'running');
		expect(fixture.sent('cancel')).toHaveLength(provider === 'runpod' ? 1 : 0);
		expect(details['description']).toMatch(
			provider === 'runpod'
				? /^It was cancelled at the provider\./
				: /^It was not cancelled: .* has no way to cancel a job\./,
		);
	});

	it('is unavailable if nothing listens at the base URL, and nothing is billed', async () => {
		const credentials = emulatorCredentials(fixture.emulator);
		for (const type of Object.keys(credentials))
			credentials[type] = { ...credentials[type], baseUrl: 'http://127.0.0.1:9' };
		const run = await edit(provider, { timeout: 1 }, { credentials });
		expect(detailsOf(run)).toMatchObject({
			code: 'unavailable',
			httpStatus: null,
			retryable: true,
			job: null,
		});
		expect(run.items[0]?.json['error']).toMatch(
			/could not be reached \(ECONNREFUSED\); nothing was submitted \[Item 0\]$/,
		);
		expect(fixture.emulator.requests).toEqual([]);
	});

	it.each<[string, Fault]>([
		['lost', { stage: 'submit', kind: 'lostAnswer' }],
		['an HTML page', { stage: 'submit', kind: 'html' }],
		['empty', { stage: 'submit', kind: 'empty' }],
		['cut off', { stage: 'submit', kind: 'truncate' }],
		['a 503', { stage: 'submit', kind: 'status', status: 503 }],
	])(
		'is unavailable if the response to the submit is %s, and the submit is not repeated',
		async (_, fault) => {
			fixture.emulator.inject(fault);
			const details = detailsOf(await edit(provider));
			expect(details).toMatchObject({ code: 'unavailable', retryable: false, job: null });
			expect(details['description']).toMatch(/was not sent again/);
			expect(fixture.sent('submit')).toHaveLength(1);
		},
	);

	it('is badResponse if the download is not an image, with the paid job', async () => {
		fixture.emulator.inject({ stage: 'download', kind: 'notAnImage', times: Infinity });
		const details = detailsOf(await edit(provider));
		expect(details).toMatchObject({ code: 'badResponse' });
		expect(details['job']).toMatchObject({ id: fixture.emulator.jobs[0]?.id, status: 'succeeded' });
	});

	it('is expired if the link has expired, with the paid job', async () => {
		fixture.emulator.inject({ stage: 'download', kind: 'expired', times: Infinity });
		const details = detailsOf(await edit(provider));
		expect(details).toMatchObject({ code: 'expired', httpStatus: 403 });
		expect(details['job']).toMatchObject({ id: fixture.emulator.jobs[0]?.id, status: 'succeeded' });
	});

	it('is notFound for a model that the provider does not have', async () => {
		const model = { __rl: true, mode: 'id', value: 'no-such/model' };
		const run = await fixture.run(
			{ ...editAt(provider), model },
			{ items: [withBinary(image)], onError: 'continueRegularOutput' },
		);
		expect(detailsOf(run)).toMatchObject({
			code: 'notFound',
			httpStatus: 404,
			retryable: false,
			job: null,
		});
	});

	it('is costLimit if the images would cost too much or the price is not known', async () => {
		const expensive = detailsOf(await edit(provider, { maxCost: 0.017 }));
		expect(expensive).toMatchObject({ code: 'costLimit', job: null, retryable: false });
		expect(expensive.error).toMatch(/but 'Max Cost' is 0.017 USD; nothing was submitted/);
		const model = { __rl: true, mode: 'id', value: 'published-tomorrow' };
		const unknown = await fixture.run(
			{ ...editAt(provider, { maxCost: 100 }), model },
			{ items: [withBinary(image)], onError: 'continueRegularOutput' },
		);
		expect(detailsOf(unknown).error).toMatch(/^The price of published-tomorrow is not known/);
		expect(fixture.emulator.requests).toEqual([]);
	});
});

it('reports rateLimited if the provider answers 429 until the timeout', async () => {
	fixture.emulator.inject({
		stage: 'submit',
		kind: 'status',
		status: 429,
		headers: { 'retry-after': '0' },
		times: Infinity,
	});
	const details = detailsOf(await edit('blackForestLabs', { timeout: 2 }));
	expect(details).toMatchObject({ code: 'rateLimited', httpStatus: 429, retryable: true, job: null });
	expect(fixture.sent('submit').length).toBeGreaterThan(1);
	expect(fixture.emulator.jobs).toEqual([]);
});

it('does not cancel a job that timed out if Cancel on Timeout is off', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'never' });
	expect(detailsOf(await edit('runpod', { timeout: 1, cancelOnTimeout: false }))).toMatchObject({
		code: 'timeout',
		job: { status: 'pending' },
	});
	expect(fixture.sent('cancel')).toEqual([]);
	expect(fixture.emulator.jobs.map(({ state }) => state)).toEqual(['running']);
});

it('compares the cost of all images of all items with Max Cost, which is inclusive', async () => {
	const items = [withBinary(image), withBinary(image)];
	const over = await edit(
		'runpod',
		{ numberOfImages: 2, maxCost: 0.099 },
		{ items, onError: 'stopWorkflow' },
	);
	expect(over.error?.message).toBe(
		"The images of this run would cost about 0.100 USD, but 'Max Cost' is 0.099 USD; " +
			'nothing was submitted [Item 0]',
	);
	expect(fixture.emulator.requests).toEqual([]);
	const within = await edit('runpod', { numberOfImages: 2, maxCost: 0.1 }, { items });
	expect(within.items).toHaveLength(4);
});

it('reports moderated if the prompt alone is refused', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'moderate' });
	const run = await fixture.run(
		{ provider: 'blackForestLabs', operation: 'generate', prompt: 'x' },
		{ onError: 'continueRegularOutput' },
	);
	expect(detailsOf(run)).toMatchObject({ code: 'moderated', providerStatus: 'Request Moderated' });
	expect(detailsOf(run).error).toMatch(/Derivative Works Filter/);
});

it.each<TestedProvider>(['blackForestLabs', 'runpod'])(
	'ends at the timeout and names the job if %s becomes unreachable',
	async (provider) => {
		const emulator = await startEmulator({ timing: { queueMs: 10, runMs: 60_000 } });
		const running = edit(provider, { timeout: 1 }, { credentials: emulatorCredentials(emulator) });
		await until(() => emulator.requests.some(({ stage }) => stage === 'status'));
		await emulator.close();
		const details = detailsOf(await running);
		expect(details).toMatchObject({
			code: 'timeout',
			job: { id: emulator.jobs[0]?.id, status: 'pending' },
		});
		expect(details.error).toMatch(/The most recent status request failed: /);
	},
);

it.each<[string, Fault]>([
	['an HTML page', { stage: 'status', kind: 'html' }],
	['a reset connection', { stage: 'status', kind: 'reset' }],
	['an unknown status word', { stage: 'status', kind: 'unknownStatus', times: 3 }],
	['a download that breaks off', { stage: 'download', kind: 'truncate' }],
])('delivers a paid image despite %s', async (_, fault) => {
	fixture.emulator.inject(fault);
	const run = await edit('runpod');
	expect(run.items).toMatchObject([{ json: { job: { status: 'succeeded' } } }]);
	expect(fixture.emulator.jobs).toHaveLength(1);
});
