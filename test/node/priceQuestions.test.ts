import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { INodeParameters } from 'n8n-workflow';

import { createEngine } from '../../index';
import { binaryStore } from '../../tools/n8n-core/executeWorkflow';
import { emulatorCredentials } from '../../tools/n8n-core/runNode';
import { quickPolicy } from '../support/quickPolicy';
import { picture, useNodeFixture, withBinary, type RunOptions } from './nodeFixture';

const fixture = useNodeFixture();

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const threeImages = (maxCost: number): INodeParameters => ({
	provider: 'lumenfall',
	operation: 'generate',
	prompt: 'a fox',
	options: { numberOfImages: 3, maxCost },
});
const edit = (maxCost: number): INodeParameters => ({
	provider: 'lumenfall',
	operation: 'edit',
	prompt: 'a fox',
	options: { maxCost },
});
const continues: RunOptions = { onError: 'continueRegularOutput' };
const questions = () => fixture.emulator.requests.filter(({ path }) => path.includes('dryRun=true'));

describe('Max Cost at a provider that reports prices', () => {
	it('requests the price and submits nothing if it is too high', async () => {
		const run = await fixture.run(threeImages(0.05), continues);
		expect(run.items[0]?.json).toMatchObject({
			error:
				"The images of this run would cost about 0.075 USD, but 'Max Cost' is 0.05 USD; " +
				'nothing was submitted [Item 0]',
			details: { code: 'costLimit', job: null },
		});
		expect(questions()).toHaveLength(1);
		expect(fixture.emulator.requests).toHaveLength(1);
		expect(fixture.emulator.jobs).toEqual([]);
	});

	it('makes the images if it is not, and shows the share of the cost in each item', async () => {
		const run = await fixture.run(threeImages(0.08));
		expect(questions()).toHaveLength(1);
		expect(fixture.emulator.jobs).toHaveLength(1);
		expect(run.items.map(({ json }) => json['usage'])).toMatchObject(
			[0, 1, 2].map(() => ({
				cost: expect.closeTo(0.025) as unknown,
				currency: 'USD',
				costSource: 'reported',
			})),
		);
	});

	it('submits nothing if the price cannot be determined', async () => {
		fixture.emulator.inject({ stage: 'submit', kind: 'status', status: 503 });
		fixture.emulator.inject({ stage: 'other', kind: 'status', status: 503 });
		const run = await fixture.run(threeImages(1), continues);
		expect(run.items[0]?.json).toMatchObject({
			details: { code: expect.stringMatching(/^(unavailable|failed)$/) as unknown, job: null },
		});
		expect(fixture.emulator.jobs).toEqual([]);
		expect(fixture.emulator.requests).toHaveLength(1);
	});

	it('asks for the same request once, however many items make it', async () => {
		const [small, large] = await Promise.all([picture(64, 64), picture(128, 64)]);
		const items = [small, large, small, small].map((bytes) => withBinary(bytes));
		const run = await fixture.run(edit(0.1), { items });
		expect(run.items).toHaveLength(4);
		expect(questions()).toHaveLength(2);
		const over = await fixture.run(edit(0.09), { items });
		expect(over.error?.message).toMatch(/would cost about 0\.100 USD/);
	});
});

describe('the input images', () => {
	it('are held for one item at a time while prices are asked, and read again by the jobs', async () => {
		const widths = [32, 64, 96, 128, 160, 192];
		const pictures = await Promise.all(widths.map(async (width) => await picture(width, 64)));
		const store = await binaryStore();
		const readBytes = store.getAsBuffer.bind(store);
		const held: Array<WeakRef<Buffer>> = [];
		const reads: Array<{ width: number | undefined; heldBefore: number; questions: number }> = [];
		// Replaced by hand, because a spy of Jest would hold every buffer that it returns.
		store.getAsBuffer = async (data) => {
			collectGarbage();
			const heldBefore = held.filter((image) => image.deref() !== undefined).length;
			const bytes = await readBytes(data);
			held.push(new WeakRef(bytes));
			const width = widths[pictures.findIndex(({ length }) => length === bytes.length)];
			reads.push({ width, heldBefore, questions: questions().length });
			return bytes;
		};
		const run = await fixture.run(edit(0.15), { items: pictures.map((bytes) => withBinary(bytes)) });
		store.getAsBuffer = readBytes;
		expect(run.items).toHaveLength(6);
		const [asking, working] = [reads.slice(0, 6), reads.slice(6)];
		expect(asking).toEqual(widths.map((width, index) => ({ width, heldBefore: 0, questions: index })));
		// The images of the last question are still held when the jobs begin.
		expect(working[0]?.heldBefore).toBe(1);
		expect(working.map(({ width = 0 }) => width).sort((a, b) => a - b)).toEqual(widths.slice(0, -1));
	});

	it('are not read again where they could not be read, so that nothing is made without a price', async () => {
		const items = [withBinary(Buffer.from('no image')), withBinary(await picture(64, 64))];
		const run = await fixture.run(edit(0.1), { ...continues, items });
		expect(run.items.map(({ json }) => json['error'] ?? null)).toEqual([
			expect.stringContaining('is not an image'),
			null,
		]);
		expect(questions()).toHaveLength(1);
		expect(fixture.emulator.jobs).toHaveLength(1);
	});
});

describe('behind a proxy that drops the query of a URL', () => {
	/** Runs `use` with the credentials of a proxy that passes everything on but the query. */
	async function withProxy<T>(
		use: (credentials: ReturnType<typeof emulatorCredentials>) => Promise<T>,
	): Promise<T> {
		const credentials = emulatorCredentials(fixture.emulator);
		const lumenfall = credentials['fluxKontextLumenfallApi'];
		const target = fixture.emulator.providers.lumenfall.baseUrl;
		const proxy = createServer((request, response) => {
			void (async () => {
				const chunks: Buffer[] = [];
				for await (const chunk of request) chunks.push(chunk as Buffer);
				const { authorization = '', 'content-type': type = '' } = request.headers;
				const [path] = (request.url ?? '').split('?');
				const answer = await fetch(`${target}${path}`, {
					method: request.method ?? 'GET',
					headers: { authorization, 'content-type': type },
					...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
				});
				response
					.writeHead(answer.status, { 'content-type': 'application/json' })
					.end(await answer.text());
			})();
		});
		await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
		const baseUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
		try {
			return await use({ ...credentials, fluxKontextLumenfallApi: { ...lumenfall, baseUrl } });
		} finally {
			proxy.closeAllConnections();
			await new Promise((resolve) => proxy.close(resolve));
		}
	}
	/** Engine that asks at the own origin of a provider only, as n8n's does. */
	const engine = createEngine({
		policy: { polling: (provider) => quickPolicy.polling(provider), submitRate: () => undefined },
	});

	it('asks nothing, keeps to the list price, and refuses a model without one', async () => {
		await withProxy(async (credentials) => {
			const over = await fixture.run(threeImages(0.07), { engine, credentials });
			expect(over.error?.message).toMatch(/would cost about 0\.075 USD, but 'Max Cost' is 0\.07 USD/);
			const model = { __rl: true, mode: 'list', value: 'flux.1-kontext-pro' };
			const unknown = await fixture.run({ ...threeImages(1), model }, { engine, credentials });
			expect(unknown.error?.message).toMatch(/^The price of flux\.1-kontext-pro is not known/);
			expect(fixture.emulator.requests).toEqual([]);
			const within = await fixture.run(threeImages(0.075), { engine, credentials });
			expect(within.items).toHaveLength(3);
			expect(fixture.emulator.requests.filter(({ stage }) => stage === 'submit')).toHaveLength(1);
		});
	});

	const items = [{ json: { prompt: 'a fox' } }, { json: { prompt: 'a hare' } }];
	const parameters = { ...threeImages(10), prompt: '={{ $json.prompt }}' };

	it('stops at the first question that is answered with images, and leads to them', async () => {
		await withProxy(async (credentials) => {
			const run = await fixture.run(parameters, { items, credentials, ...continues });
			const [asked, other] = run.items.map(({ json }) => json);
			expect(asked).toMatchObject({
				error:
					'The price question to Lumenfall was answered with 3 images instead of a price, ' +
					'which may have been charged; nothing else was submitted [Item 0]',
				details: { code: 'badResponse', retryable: false, job: { status: 'succeeded' } },
			});
			expect(other).toMatchObject({ details: { code: 'badResponse', job: null } });
			expect(fixture.emulator.jobs).toHaveLength(1);
			const { job } = asked?.['details'] as { job: object };
			const got = await fixture.run(
				{ resource: 'job', operation: 'get', provider: 'lumenfall', job: JSON.stringify(job) },
				{ credentials },
			);
			expect(got.items).toHaveLength(3);
		});
	});

	it('lists the job in the error that ends the run', async () => {
		await withProxy(async (credentials) => {
			const run = await fixture.run(parameters, { items, credentials });
			expect(run.error).toMatchObject({
				message: expect.stringMatching(/answered with 3 images.* \[Item 0]$/) as unknown,
				context: { job: { status: 'succeeded' }, jobs: [{ provider: 'lumenfall' }] },
			});
			expect(fixture.emulator.jobs).toHaveLength(1);
		});
	});
});
