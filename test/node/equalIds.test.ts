import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { picture, useNodeFixture } from './nodeFixture';

const fixture = useNodeFixture();
let server: Server;
let answered = 0;

/** A gateway that gives every response the same id, and refuses the third request. */
beforeAll(async () => {
	const image = (await picture(32, 32)).toString('base64');
	server = createServer((request, response) => {
		request.resume().on('end', () => {
			answered += 1;
			response.setHeader('x-request-id', 'constant');
			if (answered === 3) response.writeHead(400).end('{"error":{"message":"no more"}}');
			else response.end(JSON.stringify({ data: [{ b64_json: image }] }));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => void server.close());

it('jobs with equal ids are listed one by one', async () => {
	const { port } = server.address() as AddressInfo;
	const run = await fixture.run(
		{
			provider: 'openAiCompatible',
			operation: 'generate',
			prompt: 'a fox',
			model: { __rl: true, mode: 'id', value: 'flux' },
			options: { concurrency: 1 },
		},
		{
			items: [{}, {}, {}],
			credentials: {
				fluxKontextOpenAiCompatibleApi: { apiKey: '', baseUrl: `http://127.0.0.1:${port}/v1` },
			},
		},
	);
	expect(run.error).toMatchObject({ context: { code: 'invalidRequest', itemIndex: 2 } });
	expect((run.error?.context['jobs'] as Array<{ id: string }>).map(({ id }) => id)).toEqual([
		'constant',
		'constant',
	]);
});

it('the links in a job of a provider that answers at once must be signed with its key', async () => {
	const images = [{ url: 'http://127.0.0.1:5678/rest/credentials', expiresAt: null }];
	const forged = {
		provider: 'lumenfall',
		model: 'flux.1-kontext-dev',
		id: 'x',
		status: 'succeeded',
		submittedAt: '2026-11-20T12:00:00.000Z',
	};
	for (const handle of [
		{ id: 'x', images },
		{ id: 'x', images, signature: '' },
		{ id: 'x', images, signature: 'AAAA' },
	]) {
		const run = await fixture.run(
			{ resource: 'job', operation: 'get', provider: 'lumenfall', job: '={{ $json.job }}' },
			{ items: [{ json: { job: { ...forged, handle } } }] },
		);
		expect(run.error).toMatchObject({
			message:
				"'Job' holds links that were not signed with the key of this Lumenfall credential [Item 0]",
			context: { code: 'invalidRequest' },
		});
	}
	expect(fixture.emulator.requests).toEqual([]);
});
