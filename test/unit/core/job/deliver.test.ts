import { MAX_IMAGES, MAX_RENEWALS } from '../../../../nodes/FluxKontext/core/base/limits';
import { lumenfall } from '../../../../nodes/FluxKontext/providers/lumenfall';
import { replicate } from '../../../../nodes/FluxKontext/providers/replicate';
import { theRouter } from '../../../../nodes/FluxKontext/providers/theRouter';
import { png } from '../../../../tools/support/images';
import { preparedRequest } from '../../../support/requests';
import { bytes, hang, json, reset, text, type Answer } from '../../../support/scriptedServer';
import { accepted, completed, pending, provider, request, state, statusPath, submitPath } from './jobs';
import { keep, runToEnd, START, useEngineFixture } from '../engineFixture';

// A link may have run out before its image is fetched: the provider is asked for the job again.

const fixture = useEngineFixture();
const gone = text(403, '<Error><Code>AccessDenied</Code></Error>', 'application/xml');
const linkTo = (name: string) => `${fixture.files.origin}/${name}.png?sig=${name}`;
const seconds = (requests: typeof fixture.server.requests) => requests.map(({ at }) => (at - START) / 1000);
const looks = () => seconds(fixture.server.seen('GET', statusPath));
const fetched = () => fixture.files.requests.map(({ path }) => path);
let image: Uint8Array;
beforeAll(async () => {
	image = await png({ width: 8, height: 6 });
});
const answering = (...answers: Answer[]) => {
	fixture.server.on('POST', submitPath, accepted);
	fixture.server.on('GET', statusPath, ...answers);
};
const files = (name: string, ...answers: Answer[]) =>
	fixture.files.on('GET', new RegExp(`^/${name}\\.png`), ...answers);
const run = async (timeoutMs?: number) => await runToEnd(fixture.run(provider, timeoutMs), request);
const delivered = (name: string) => ({
	ok: true,
	value: { images: [{ index: 0, bytes: image.length, url: linkTo(name) }] },
});
const expired = {
	code: 'expired',
	message: 'The image of Runpod could not be fetched: the download answered 403',
	httpStatus: 403,
};

describe('a link that has run out', () => {
	it.each([403, 404, 410])('and answers %i is renewed at once, without another submit', async (status) => {
		answering(completed(linkTo('old')), completed(linkTo('new')));
		files('old', text(status, ''));
		files('new', bytes(image));
		expect(await run()).toMatchObject({
			job: { status: 'succeeded' },
			result: delivered('new'),
			polls: 2,
			totalMs: 2_000,
		});
		expect(fetched()).toEqual(['/old.png?sig=old', '/new.png?sig=new']);
		expect(fixture.server.seen('POST')).toHaveLength(1);
	});

	it('has the time of the new one', async () => {
		answering(completed(linkTo('old')), reset, completed(linkTo('new')));
		files('old', gone);
		files('new', bytes(image));
		const { result } = await run();
		expect(result).toMatchObject({
			ok: true,
			value: { images: [{ urlExpiresAt: new Date(START + 2_800 + 7 * 86_400_000).toISOString() }] },
		});
	});

	it('may be named again: its image was not there yet', async () => {
		answering(completed(linkTo('same')));
		files('same', text(404, ''), text(404, ''), bytes(image));
		expect(await run()).toMatchObject({ result: delivered('same'), polls: 3 });
		expect(seconds(fixture.files.requests)).toEqual([2, 2, 3.6]);
	});

	it('may run out again, which is bounded', async () => {
		answering(completed(linkTo('same')));
		files('same', gone);
		expect(await run()).toMatchObject({
			job: { id: 'job-1', status: 'succeeded' },
			result: { ok: false, fault: expired },
			polls: 1 + MAX_RENEWALS,
		});
		expect(looks()).toEqual([2, 2, 3.6, 6.8]);
		expect(fetched()).toHaveLength(1 + MAX_RENEWALS);
	});

	it('is all there is where the provider has forgotten the job', async () => {
		answering(completed(linkTo('old')), json(404, { error: 'job not found' }));
		files('old', gone);
		expect(await run()).toMatchObject({
			job: { id: 'job-1', status: 'succeeded' },
			result: { ok: false, fault: expired },
		});
		expect(fetched()).toHaveLength(1);
	});

	it('is tried again where the provider keeps no jobs that could be asked for', async () => {
		fixture.server.on('POST', /generations$/, json(200, { data: [{ url: linkTo('same') }] }));
		files('same', gone, gone, bytes(image));
		const outcome = async () =>
			await runToEnd(fixture.run(lumenfall), preparedRequest({ model: 'flux.1-kontext-dev' }));
		expect(await outcome()).toMatchObject({
			job: { status: 'succeeded' },
			result: { ok: true },
			polls: 0,
		});
		expect(seconds(fixture.files.requests)).toEqual([0, 0.8, 2.4]);
		files('same', gone);
		expect(await outcome()).toMatchObject({
			job: { status: 'succeeded' },
			result: { fault: { code: 'expired' } },
			polls: 0,
		});
		expect(fetched()).toHaveLength(3 + 1 + MAX_RENEWALS);
		expect(fixture.server.requests).toHaveLength(2);
	});

	it('of an image that the provider says it has deleted is reported in its words', async () => {
		const prediction = (more: object) => json(200, { id: 'job1', status: 'succeeded', ...more });
		fixture.server.on('POST', /\/predictions$/, prediction({ output: linkTo('old') }));
		fixture.server.on('GET', /\/predictions\/job1$/, prediction({ output: null, data_removed: true }));
		files('old', text(404, ''));
		expect(
			await runToEnd(
				fixture.run(replicate),
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

describe('while a link is renewed', () => {
	it('trouble is ridden out', async () => {
		answering(completed(linkTo('old')), reset, json(503, {}), pending, completed(linkTo('new')));
		files('old', gone);
		files('new', bytes(image));
		expect(await run()).toMatchObject({ result: delivered('new'), polls: 5 });
	});

	it('what does not pass is reported', async () => {
		answering(completed(linkTo('old')), json(401, { error: 'Unauthorized' }));
		files('old', gone);
		expect(await run()).toMatchObject({
			job: { status: 'succeeded' },
			result: { fault: { code: 'auth' } },
			polls: 2,
		});
	});

	it('a job that has failed meanwhile is reported', async () => {
		answering(completed(linkTo('old')), state('FAILED', { error: 'storage lost' }));
		files('old', gone);
		expect(await run()).toMatchObject({
			result: { fault: { code: 'failed', message: 'Runpod ended the job as FAILED: storage lost' } },
		});
	});

	it('the deadline holds', async () => {
		answering(completed(linkTo('old')), hang);
		files('old', gone);
		expect(await run(10_000)).toMatchObject({
			job: { status: 'succeeded' },
			result: { ok: false },
			totalMs: 10_000,
		});
	});

	it('the stop holds, and cancels nothing: the job is done', async () => {
		answering(completed(linkTo('old')), () => fixture.stop.abort());
		files('old', gone);
		expect(await run()).toMatchObject({
			job: { id: 'job-1', status: 'succeeded' },
			result: { fault: { code: 'cancelled' } },
		});
		expect(fixture.server.seen('POST', /cancel/)).toEqual([]);
	});

	it('the stop holds in the pause as well', async () => {
		answering(completed(linkTo('same')));
		files('same', gone);
		const { sleep } = fixture.ports;
		const ports = {
			...fixture.ports,
			sleep: async (ms: number, signal: AbortSignal) => {
				// The one before the second renewal.
				if (ms === 1_600) fixture.stop.abort();
				await sleep(ms, signal);
			},
		};
		expect(await runToEnd({ ...fixture.run(provider), ports }, request)).toMatchObject({
			job: { status: 'succeeded' },
			result: {
				fault: {
					code: 'cancelled',
					message: 'The run was stopped while the image of Runpod was fetched',
				},
			},
		});
		expect(looks()).toEqual([2, 2]);
	});
});

describe('of several images', () => {
	const submit = preparedRequest({ model: 'black-forest-labs/flux-kontext-dev' });
	const links = (...names: string[]) =>
		json(200, { id: 'img_1', status: 'succeeded', unsigned_urls: names.map(linkTo) });
	const indexes: number[] = [];
	const runAll = async () => {
		indexes.length = 0;
		return await runToEnd(fixture.run(theRouter), submit, {
			store: async (open, _, { index }) => {
				indexes.push(index);
				return await keep(open);
			},
		});
	};
	beforeEach(() => fixture.server.on('POST', /generations/, json(202, { id: 'img_1', status: 'queued' })));

	it('only those are fetched by the new links that were not there yet', async () => {
		fixture.server.on('GET', /jobs\/img_1/, links('a1', 'b1', 'c1'), links('a2', 'b2', 'c2'));
		files('a1', bytes(image));
		files('b1', gone);
		files('b2', bytes(image));
		files('c2', bytes(image));
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
		expect(fetched().map((path) => path.slice(0, 3))).toEqual(['/a1', '/b1', '/b2', '/c2']);
		expect(indexes).toEqual([0, 1, 2]);
	});

	it('no more are fetched than any job makes', async () => {
		fixture.server.on('GET', /jobs\/img_1/, links(...Array<string>(MAX_IMAGES + 5).fill('a')));
		files('a', bytes(image));
		const { result } = await runAll();
		expect(result.ok && result.value.images).toHaveLength(MAX_IMAGES);
		expect(fetched()).toHaveLength(MAX_IMAGES);
	});

	it('all share the number of renewals', async () => {
		fixture.server.on(
			'GET',
			/jobs\/img_1/,
			...Array.from({ length: 10 }, (_, turn) => links(`a${turn}`, `b${turn}`)),
		);
		for (let turn = 0; turn < 10; turn += 1) {
			files(`a${turn}`, turn < 2 ? gone : bytes(image));
			files(`b${turn}`, gone);
		}
		expect(await runAll()).toMatchObject({
			job: { status: 'succeeded' },
			result: { ok: false, fault: { code: 'expired' } },
			polls: 1 + MAX_RENEWALS,
		});
	});
});
