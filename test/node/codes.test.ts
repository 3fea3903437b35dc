import type { INodeParameters } from 'n8n-workflow';

import { startEmulator, type Fault } from '../../tools/emulator';
import {
	picture,
	providerIds,
	until,
	useNodeFixture,
	withBinary,
	type BenchProvider,
	type RunOptions,
} from './nodeFixture';
import { jobRecord } from './expected';
import { emulatorCredentials, type NodeRun } from '../../tools/n8n-core/runNode';

const fixture = useNodeFixture();
let image: Buffer;
beforeAll(async () => {
	image = await picture(64, 64);
});

const editAt = (provider: string, options: INodeParameters = {}): INodeParameters => ({
	provider,
	operation: 'edit',
	prompt: 'at night',
	options,
});
const edit = async (
	provider: string,
	options: INodeParameters = {},
	more: RunOptions = {},
): Promise<NodeRun> =>
	await fixture.run(editAt(provider, options), {
		items: [withBinary(image)],
		onError: 'continueRegularOutput',
		...more,
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
/** The record of the only job, as it was last known. */
const theJob = (status: string, providerStatus: string) => {
	const [job] = fixture.emulator.jobs;
	expect(fixture.emulator.jobs).toHaveLength(1);
	return job ? jobRecord(fixture, job, status, providerStatus) : null;
};

describe.each(providerIds)('details.code at %s', (provider) => {
	it('is auth for a wrong key, which appears nowhere', async () => {
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

	it('is payment when the account has no money left', async () => {
		fixture.emulator.inject({ stage: 'submit', kind: 'status', status: 402 });
		expect(detailsOf(await edit(provider))).toMatchObject({
			code: 'payment',
			httpStatus: 402,
			retryable: true,
			job: null,
		});
		expect(fixture.sent('submit')).toHaveLength(1);
	});

	it('is not there when the provider says 429 once and then accepts', async () => {
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

	it('is moderated when the job is refused, in the way of the provider', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'moderate' });
		const details = detailsOf(await edit(provider));
		const word = { blackForestLabs: 'Content Moderated', theRouter: 'failed', runpod: 'FAILED' }[
			provider
		];
		expect(details).toMatchObject({ code: 'moderated', retryable: false, providerStatus: word });
		expect(details['job']).toStrictEqual(theJob('failed', word));
	});

	it('is failed when the job fails', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'fail' });
		const details = detailsOf(await edit(provider));
		const word = { blackForestLabs: 'Error', theRouter: 'failed', runpod: 'FAILED' }[provider];
		expect(details).toMatchObject({ code: 'failed', retryable: true, providerStatus: word });
		expect(details.error).toContain('The model failed on this request');
		expect(details['job']).toStrictEqual(theJob('failed', word));
	});

	it('is timeout when the job never ends; the job is named, and cancelled where it can be', async () => {
		fixture.emulator.inject({ stage: 'job', kind: 'never' });
		const details = detailsOf(await edit(provider, { timeout: 1 }));
		const word = { blackForestLabs: 'Pending', theRouter: 'in_progress', runpod: 'IN_PROGRESS' }[
			provider
		];
		expect(details).toMatchObject({ code: 'timeout', providerStatus: word, retryable: true });
		expect(details['job']).toStrictEqual(theJob('pending', word));
		expect(details.error).toContain(fixture.emulator.jobs[0]?.id);
		expect(fixture.emulator.jobs[0]?.state).toBe(provider === 'runpod' ? 'cancelled' : 'running');
		expect(fixture.sent('cancel')).toHaveLength(provider === 'runpod' ? 1 : 0);
		expect(details['description']).toMatch(
			provider === 'runpod'
				? /^It was cancelled at the provider\./
				: /^It was not cancelled: .* has no way to cancel a job\./,
		);
	});

	it('is unavailable when nobody listens, and nothing is billed', async () => {
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
		['a page of HTML', { stage: 'submit', kind: 'html' }],
		['empty', { stage: 'submit', kind: 'empty' }],
		['cut off', { stage: 'submit', kind: 'truncate' }],
		['a 503', { stage: 'submit', kind: 'status', status: 503 }],
	])(
		'is unavailable, and the job is not sent again, when the answer to the submit is %s',
		async (_, fault) => {
			fixture.emulator.inject(fault);
			const details = detailsOf(await edit(provider));
			expect(details).toMatchObject({ code: 'unavailable', retryable: false, job: null });
			expect(details['description']).toMatch(/was not sent again/);
			expect(fixture.sent('submit')).toHaveLength(1);
		},
	);

	it('is badResponse when what is delivered is not an image; the paid job is named', async () => {
		fixture.emulator.inject({ stage: 'download', kind: 'notAnImage', times: Infinity });
		const details = detailsOf(await edit(provider));
		expect(details).toMatchObject({ code: 'badResponse' });
		expect(details['job']).toMatchObject({ id: fixture.emulator.jobs[0]?.id, status: 'succeeded' });
	});

	it('is expired when the link has run out; the paid job is named', async () => {
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

	it('is costLimit when the images would cost more than allowed, or the price is not known', async () => {
		const dear = detailsOf(await edit(provider, { maxCost: 0.017 }));
		expect(dear).toMatchObject({ code: 'costLimit', job: null, retryable: false });
		expect(dear.error).toMatch(/but 'Max Cost' is 0.017 USD; nothing was submitted/);
		const model = { __rl: true, mode: 'id', value: 'published-tomorrow' };
		const unknown = await fixture.run(
			{ ...editAt(provider, { maxCost: 100 }), model },
			{ items: [withBinary(image)], onError: 'continueRegularOutput' },
		);
		expect(detailsOf(unknown).error).toMatch(/^The price of published-tomorrow is not known/);
		expect(fixture.emulator.requests).toEqual([]);
	});
});

it('is rateLimited when the provider says 429 until the timeout', async () => {
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

it('leaves a job that timed out alone with cancelOnTimeout off', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'never' });
	expect(detailsOf(await edit('runpod', { timeout: 1, cancelOnTimeout: false }))).toMatchObject({
		code: 'timeout',
		job: { status: 'pending' },
	});
	expect(fixture.sent('cancel')).toEqual([]);
	expect(fixture.emulator.jobs.map(({ state }) => state)).toEqual(['running']);
});

it('counts all items and all images against the highest cost, and lets just as much pass', async () => {
	const items = [withBinary(image), withBinary(image)];
	const over = await edit(
		'runpod',
		{ numberOfImages: 2, maxCost: 0.099 },
		{ items, onError: 'stopWorkflow' },
	);
	expect(over.error?.message).toBe(
		"The images of this run would cost about 0.100 USD, but 'Max Cost' is 0.099 USD; nothing was submitted [Item 0]",
	);
	expect(fixture.emulator.requests).toEqual([]);
	const within = await edit('runpod', { numberOfImages: 2, maxCost: 0.1 }, { items });
	expect(within.items).toHaveLength(4);
});

it('is moderated before the work begins for a prompt alone', async () => {
	fixture.emulator.inject({ stage: 'job', kind: 'moderate' });
	const run = await fixture.run(
		{ provider: 'blackForestLabs', operation: 'generate', prompt: 'x' },
		{ onError: 'continueRegularOutput' },
	);
	expect(detailsOf(run)).toMatchObject({ code: 'moderated', providerStatus: 'Request Moderated' });
	expect(detailsOf(run).error).toMatch(/Derivative Works Filter/);
});

it.each<BenchProvider>(['blackForestLabs', 'runpod'])(
	'does not hang when %s goes away halfway, and names the job',
	async (provider) => {
		const doomed = await startEmulator({ timing: { queueMs: 10, runMs: 60_000 } });
		const running = edit(provider, { timeout: 1 }, { credentials: emulatorCredentials(doomed) });
		await until(() => doomed.requests.some(({ stage }) => stage === 'status'));
		await doomed.close();
		const details = detailsOf(await running);
		expect(details).toMatchObject({
			code: 'timeout',
			job: { id: doomed.jobs[0]?.id, status: 'pending' },
		});
		expect(details.error).toMatch(/the last look at it failed: /);
	},
);

it.each<[string, Fault]>([
	['a page of HTML', { stage: 'status', kind: 'html' }],
	['a reset connection', { stage: 'status', kind: 'reset' }],
	['an unknown word', { stage: 'status', kind: 'unknownStatus', times: 3 }],
	['a download that breaks off', { stage: 'download', kind: 'truncate' }],
])('rides out %s after the job was paid', async (_, fault) => {
	fixture.emulator.inject(fault);
	const run = await edit('runpod');
	expect(run.items).toMatchObject([{ json: { job: { status: 'succeeded' } } }]);
	expect(fixture.emulator.jobs).toHaveLength(1);
});
