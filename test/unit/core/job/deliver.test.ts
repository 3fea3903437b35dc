import { MAX_IMAGES, defaultLimits } from '../../../../nodes/FluxKontext/core/base/limits';
import { lumenfall } from '../../../../nodes/FluxKontext/providers/lumenfall';
import { replicate } from '../../../../nodes/FluxKontext/providers/replicate';
import { theRouter } from '../../../../nodes/FluxKontext/providers/theRouter';
import { png } from '../../../../tools/support/images';
import { preparedRequest } from '../../../support/requests';
import { bytes, hang, json, reset, text, type Answer } from '../../../support/scriptedServer';
import { storeInMemory, runToEnd, START, useEngineFixture } from '../engineFixture';
import { accepted, completed, pending, provider, request, state, statusPath, submitPath } from './jobs';

// A link may have expired before its image is downloaded; a status request then renews it.

const fixture = useEngineFixture();
const expiredLink = text(403, '<Error><Code>AccessDenied</Code></Error>', 'application/xml');
const linkTo = (name: string) => `${fixture.files.origin}/${name}.png?sig=${name}`;
const seconds = (requests: typeof fixture.server.requests) => requests.map(({ at }) => (at - START) / 1000);
const statusRequests = () => seconds(fixture.server.requestsTo('GET', statusPath));
const downloadedPaths = () => fixture.files.requests.map(({ path }) => path);
let image: Uint8Array;
beforeAll(async () => {
	image = await png({ width: 8, height: 6 });
});
const scriptJob = (...answers: Answer[]) => {
	fixture.server.on('POST', submitPath, accepted);
	fixture.server.on('GET', statusPath, ...answers);
};
const scriptFile = (name: string, ...answers: Answer[]) =>
	fixture.files.on('GET', new RegExp(`^/${name}\\.png`), ...answers);
const run = async (timeoutMs?: number) => await runToEnd(fixture.contextFor(provider, timeoutMs), request);
const delivered = (name: string) => ({
	ok: true,
	value: { images: [{ index: 0, bytes: image.length, url: linkTo(name) }] },
});
const expired = {
	code: 'expired',
	message: expect.stringMatching(
		/^The image of Runpod could not be fetched from 127\.0\.0\.1:\d+: the download answered 403$/,
	) as unknown,
	httpStatus: 403,
};

describe('an expired link', () => {
	it.each([403, 404, 410])('that answers %i is renewed at once, without another submit', async (status) => {
		scriptJob(completed(linkTo('old')), completed(linkTo('new')));
		scriptFile('old', text(status, ''));
		scriptFile('new', bytes(image));
		expect(await run()).toMatchObject({
			job: { status: 'succeeded' },
			result: delivered('new'),
			polls: 2,
			totalMs: 2_000,
		});
		expect(downloadedPaths()).toEqual(['/old.png?sig=old', '/new.png?sig=new']);
		expect(fixture.server.requestsTo('POST')).toHaveLength(1);
	});

	it('is reported with the expiry time of its replacement', async () => {
		scriptJob(completed(linkTo('old')), reset, completed(linkTo('new')));
		scriptFile('old', expiredLink);
		scriptFile('new', bytes(image));
		const { result } = await run();
		expect(result).toMatchObject({
			ok: true,
			value: { images: [{ urlExpiresAt: new Date(START + 2_800 + 7 * 86_400_000).toISOString() }] },
		});
	});

	it('may be returned again, because its image was not stored yet', async () => {
		scriptJob(completed(linkTo('same')));
		scriptFile('same', text(404, ''), text(404, ''), bytes(image));
		expect(await run()).toMatchObject({ result: delivered('same'), polls: 3 });
		expect(seconds(fixture.files.requests)).toEqual([2, 2, 3.6]);
	});

	it('is renewed at most `maxRenewals` times', async () => {
		scriptJob(completed(linkTo('same')));
		scriptFile('same', expiredLink);
		expect(await run()).toMatchObject({
			job: { id: 'job-1', status: 'succeeded' },
			result: { ok: false, fault: expired },
			polls: 1 + defaultLimits.maxRenewals,
		});
		expect(statusRequests()).toEqual([2, 2, 3.6, 6.8]);
		expect(downloadedPaths()).toHaveLength(1 + defaultLimits.maxRenewals);
	});

	it('is reported where the provider no longer knows the job', async () => {
		scriptJob(completed(linkTo('old')), json(404, { error: 'job not found' }));
		scriptFile('old', expiredLink);
		expect(await run()).toMatchObject({
			job: { id: 'job-1', status: 'succeeded' },
			result: { ok: false, fault: expired },
		});
		expect(downloadedPaths()).toHaveLength(1);
	});

	it('is downloaded again where the provider keeps no jobs', async () => {
		fixture.server.on('POST', /generations$/, json(200, { data: [{ url: linkTo('same') }] }));
		scriptFile('same', expiredLink, expiredLink, bytes(image));
		const outcome = async () =>
			await runToEnd(fixture.contextFor(lumenfall), preparedRequest({ model: 'flux.1-kontext-dev' }));
		expect(await outcome()).toMatchObject({
			job: { status: 'succeeded' },
			result: { ok: true },
			polls: 0,
		});
		expect(seconds(fixture.files.requests)).toEqual([0, 0.8, 2.4]);
		scriptFile('same', expiredLink);
		expect(await outcome()).toMatchObject({
			job: { status: 'succeeded' },
			result: { fault: { code: 'expired' } },
			polls: 0,
		});
		expect(downloadedPaths()).toHaveLength(3 + 1 + defaultLimits.maxRenewals);
		expect(fixture.server.requests).toHaveLength(2);
	});

	it('of an image that the provider has deleted is reported with that reason', async () => {
		const prediction = (more: object) => json(200, { id: 'job1', status: 'succeeded', ...more });
		fixture.server.on('POST', /\/predictions$/, prediction({ output: linkTo('old') }));
		fixture.server.on('GET', /\/predictions\/job1$/, prediction({ output: null, data_removed: true }));
		scriptFile('old', text(404, ''));
		expect(
			await runToEnd(
				fixture.contextFor(replicate),
				preparedRequest({ model: 'black-forest-labs/flux-kontext-pro' }),
			),
		).toMatchObject({
			job: { id: 'job1', status: 'succeeded' },
			result: {
				fault: {
					code: 'expired',
					message: 'Replicate has deleted the image, as it does an hour after the job',
				},
			},
			polls: 1,
		});
	});
});

describe('while a link is renewed,', () => {
	it('transient failures are retried', async () => {
		scriptJob(completed(linkTo('old')), reset, json(503, {}), pending, completed(linkTo('new')));
		scriptFile('old', expiredLink);
		scriptFile('new', bytes(image));
		expect(await run()).toMatchObject({ result: delivered('new'), polls: 5 });
	});

	it('a permanent failure is reported', async () => {
		scriptJob(completed(linkTo('old')), json(401, { error: 'Unauthorized' }));
		scriptFile('old', expiredLink);
		expect(await run()).toMatchObject({
			job: { status: 'succeeded' },
			result: { fault: { code: 'auth' } },
			polls: 2,
		});
	});

	it('a job that failed in the meantime is reported', async () => {
		scriptJob(completed(linkTo('old')), state('FAILED', { error: 'storage lost' }));
		scriptFile('old', expiredLink);
		expect(await run()).toMatchObject({
			result: { fault: { code: 'failed', message: 'Runpod ended the job as FAILED: storage lost' } },
		});
	});

	it('the deadline still applies', async () => {
		scriptJob(completed(linkTo('old')), hang);
		scriptFile('old', expiredLink);
		expect(await run(10_000)).toMatchObject({
			job: { status: 'succeeded' },
			result: { ok: false },
			totalMs: 10_000,
		});
	});

	it('a stop ends the run without cancelling the job, which is finished', async () => {
		scriptJob(completed(linkTo('old')), () => fixture.stop.abort());
		scriptFile('old', expiredLink);
		expect(await run()).toMatchObject({
			job: { id: 'job-1', status: 'succeeded' },
			result: { fault: { code: 'cancelled' } },
		});
		expect(fixture.server.requestsTo('POST', /cancel/)).toEqual([]);
	});

	it('a stop ends the pause as well', async () => {
		scriptJob(completed(linkTo('same')));
		scriptFile('same', expiredLink);
		const { sleep } = fixture.ports;
		const ports = {
			...fixture.ports,
			sleep: async (ms: number, signal: AbortSignal) => {
				// The pause before the second renewal.
				if (ms === 1_600) fixture.stop.abort();
				await sleep(ms, signal);
			},
		};
		expect(await runToEnd({ ...fixture.contextFor(provider), ports }, request)).toMatchObject({
			job: { status: 'succeeded' },
			result: {
				fault: {
					code: 'cancelled',
					message: 'The run was stopped while the image of Runpod was fetched',
				},
			},
		});
		expect(statusRequests()).toEqual([2, 2]);
	});
});

describe('of several images,', () => {
	const severalRequest = preparedRequest({ model: 'black-forest-labs/flux-kontext-dev' });
	const links = (...names: string[]) =>
		json(200, { id: 'img_1', status: 'succeeded', unsigned_urls: names.map(linkTo) });
	const indexes: number[] = [];
	const runAll = async () => {
		indexes.length = 0;
		return await runToEnd(fixture.contextFor(theRouter), severalRequest, {
			store: async (image, _, { index }) => {
				indexes.push(index);
				return await storeInMemory(image);
			},
		});
	};
	beforeEach(() => fixture.server.on('POST', /generations/, json(202, { id: 'img_1', status: 'queued' })));

	it('only the missing ones are downloaded from the new links', async () => {
		fixture.server.on('GET', /jobs\/img_1/, links('a1', 'b1', 'c1'), links('a2', 'b2', 'c2'));
		scriptFile('a1', bytes(image));
		scriptFile('b1', expiredLink);
		scriptFile('b2', bytes(image));
		scriptFile('c2', bytes(image));
		expect(await runAll()).toMatchObject({
			result: {
				ok: true,
				value: {
					images: [
						{ index: 0, url: linkTo('a1') },
						{ index: 1, url: linkTo('b2') },
						{ index: 2, url: linkTo('c2') },
					],
				},
			},
			polls: 2,
		});
		expect(downloadedPaths().map((path) => path.slice(0, 3))).toEqual(['/a1', '/b1', '/b2', '/c2']);
		expect(indexes).toEqual([0, 1, 2]);
	});

	it('no more than `MAX_IMAGES` are downloaded', async () => {
		fixture.server.on('GET', /jobs\/img_1/, links(...Array<string>(MAX_IMAGES + 5).fill('a')));
		scriptFile('a', bytes(image));
		const { result } = await runAll();
		expect(result.ok && result.value.images).toHaveLength(MAX_IMAGES);
		expect(downloadedPaths()).toHaveLength(MAX_IMAGES);
	});

	it('all share one budget of renewals', async () => {
		fixture.server.on(
			'GET',
			/jobs\/img_1/,
			...Array.from({ length: 10 }, (_, round) => links(`a${round}`, `b${round}`)),
		);
		for (let round = 0; round < 10; round += 1) {
			scriptFile(`a${round}`, round < 2 ? expiredLink : bytes(image));
			scriptFile(`b${round}`, expiredLink);
		}
		expect(await runAll()).toMatchObject({
			job: { status: 'succeeded' },
			result: {
				ok: true,
				value: {
					images: [{ index: 0, url: linkTo('a2') }],
					missing: [{ index: 1, fault: { code: 'expired' } }],
				},
			},
			polls: 1 + defaultLimits.maxRenewals,
		});
	});

	it('the good ones are delivered beside one that is no image', async () => {
		fixture.server.on('GET', /jobs\/img_1/, links('a', 'b', 'c'));
		scriptFile('a', bytes(image));
		scriptFile('b', text(200, '<html>', 'text/html'));
		scriptFile('c', bytes(image));
		expect(await runAll()).toMatchObject({
			job: { status: 'succeeded' },
			result: {
				ok: true,
				value: {
					images: [{ index: 0 }, { index: 2 }],
					missing: [{ index: 1, fault: { code: 'badResponse' } }],
				},
			},
		});
	});

	it('a store that fails for good ends the delivery, because the images can still be fetched', async () => {
		fixture.server.on('GET', /jobs\/img_1/, links('a', 'b'));
		scriptFile('a', bytes(image));
		scriptFile('b', bytes(image));
		const outcome = await runToEnd(fixture.contextFor(theRouter), severalRequest, {
			store: async (open, _, { index }) =>
				index === 0 ? await storeInMemory(open) : await Promise.reject(new Error('disk full')),
		});
		expect(outcome).toMatchObject({
			job: { id: 'img_1', status: 'succeeded' },
			result: { ok: false, fault: { code: 'failed' } },
		});
	});
});
