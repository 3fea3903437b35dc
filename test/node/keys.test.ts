import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { INodeParameters } from 'n8n-workflow';

import type { RecordedRequest } from '../../tools/emulator';
import { emulatorCredentials } from '../../tools/n8n-core/runNode';
import { failedItems } from '../../tools/n8n-core/versions';
import { picture, providerIds, useNodeFixture, withBinary, type TestedProvider } from './nodeFixture';

const fixture = useNodeFixture();
const edit = (provider: TestedProvider, overrides: INodeParameters = {}): INodeParameters => ({
	provider,
	operation: 'edit',
	prompt: 'at night',
	...overrides,
});

/** Tells whether a header of a request contains a text. */
const hasHeaderWith = (
	{ headers }: { headers: IncomingHttpHeaders | RecordedRequest['headers'] },
	text: string,
): boolean => JSON.stringify(headers).includes(text);

/** Starts a server on another origin that records its requests and answers each with JSON. */
async function startForeignServer() {
	const requests: Array<{ url: string; headers: IncomingHttpHeaders }> = [];
	const server = createServer(({ url = '', headers }, response) => {
		requests.push({ url, headers });
		response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"Ready"}');
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const close = async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	};
	return { origin, requests, close };
}

describe.each(providerIds)('the key of %s', (provider) => {
	it('is sent with every request to the API in its own header, and with no download', async () => {
		const { apiKey } = fixture.emulator.providers[provider];
		const inputImages = { image: [{ source: 'url', url: fixture.emulator.sampleImage.url }] };
		const run = await fixture.run(edit(provider, { inputImages }));
		expect(run.error).toBeNull();
		const apiRequests = fixture.emulator.requests.filter((request) => request.provider === provider);
		expect(new Set(apiRequests.map(({ stage }) => stage))).toEqual(new Set(['submit', 'status']));
		for (const { headers } of apiRequests) {
			const expected =
				provider === 'blackForestLabs' ? { 'x-key': apiKey } : { authorization: `Bearer ${apiKey}` };
			const { 'x-key': key, authorization } = headers;
			expect({ ...(key && { 'x-key': key }), ...(authorization && { authorization }) }).toEqual(
				expected,
			);
		}
		const others = fixture.emulator.requests.filter((request) => request.provider !== provider);
		expect(others.map(({ stage }) => stage)).toContain('download');
		expect(
			others.filter(
				(request) =>
					'x-key' in request.headers ||
					'authorization' in request.headers ||
					hasHeaderWith(request, apiKey),
			),
		).toEqual([]);
	});

	it('appears in no item, binary data or error', async () => {
		const { apiKey } = fixture.emulator.providers[provider];
		const items = [withBinary(await picture(64, 64)), {}];
		const run = await fixture.run(edit(provider), { items, onError: 'continueErrorOutput' });
		expect([...run.items, ...run.errorItems]).toHaveLength(2);
		expect(failedItems(run)).toHaveLength(1);
		fixture.emulator.inject({
			stage: 'submit',
			kind: 'status',
			status: 400,
			body: { error: { message: `Bad key ${apiKey}: Bearer ${apiKey}` } },
		});
		const failed = await fixture.run(edit(provider), { items: items.slice(0, 1) });
		expect(failed.error?.message).toMatch(
			/^(Black Forest Labs|TheRouter|Runpod) answered 400: .*\[hidden\]/,
		);
		const { message, description, context, stack } = failed.error ?? {};
		expect(
			JSON.stringify([run.items, run.errorItems, failed, message, description, context, stack]),
		).not.toContain(apiKey);
	});

	it.each(['submit', 'status'] as const)('is not sent along a redirect of a %s request', async (stage) => {
		const { apiKey } = fixture.emulator.providers[provider];
		const foreign = await startForeignServer();
		try {
			const targets = [`${fixture.emulator.filesOrigin}/elsewhere`, `${foreign.origin}/elsewhere`];
			for (const [index, location] of targets.entries()) {
				fixture.emulator.inject({
					provider,
					stage,
					kind: 'redirect',
					status: index === 0 ? 302 : 307,
					location,
				});
				const run = await fixture.run(edit(provider), { items: [withBinary(await picture(64, 64))] });
				// An accepted job is polled again, because the redirect says nothing about its state.
				if (stage === 'status') expect(run.error).toBeNull();
				else expect(run.error).toMatchObject({ context: { code: 'badResponse', itemIndex: 0 } });
			}
			expect(foreign.requests).toEqual([]);
			expect(fixture.emulator.requests.filter(({ path }) => path === '/elsewhere')).toEqual([]);
			expect(
				fixture.emulator.requests.filter(
					(request) => hasHeaderWith(request, apiKey) && request.provider !== provider,
				),
			).toEqual([]);
		} finally {
			await foreign.close();
		}
	});
});

it('ignores a polling URL on a foreign host, and finishes the job at the base URL', async () => {
	const foreign = await startForeignServer();
	const accepted = await fixture.run({
		provider: 'blackForestLabs',
		operation: 'generate',
		prompt: 'a fox',
	});
	const id = fixture.emulator.jobs[0]?.id;
	expect(accepted.items).toHaveLength(1);
	try {
		for (const host of [foreign.origin, 'http://api.bfl.ai', 'https://api.bfl.ai.example.com']) {
			fixture.emulator.requests.length = 0;
			const body = { id, polling_url: `${host}/v1/get_result?id=${id}` };
			fixture.emulator.inject({ stage: 'submit', kind: 'status', status: 200, body });
			const run = await fixture.run({
				provider: 'blackForestLabs',
				operation: 'generate',
				prompt: 'a fox',
			});
			expect(run.items).toMatchObject([{ json: { job: { id, status: 'succeeded' } } }]);
			expect(fixture.sent('status').map(({ path }) => path)).toEqual([
				`/blackForestLabs/v1/get_result?id=${id}`,
			]);
		}
		expect(foreign.requests).toEqual([]);
	} finally {
		await foreign.close();
	}
});

it('downloads from a foreign host without a key, and reports a response that is not an image', async () => {
	const foreign = await startForeignServer();
	try {
		fixture.emulator.inject({
			stage: 'status',
			kind: 'status',
			status: 200,
			body: { status: 'Ready', result: { sample: `${foreign.origin}/a.png` } },
		});
		const run = await fixture.run({
			provider: 'blackForestLabs',
			operation: 'generate',
			prompt: 'a fox',
		});
		expect(run.error).toMatchObject({ context: { code: 'badResponse', job: { status: 'succeeded' } } });
		expect(new Set(foreign.requests.map(({ url }) => url))).toEqual(new Set(['/a.png']));
		expect(
			foreign.requests.filter(
				(request) =>
					'x-key' in request.headers ||
					hasHeaderWith(request, fixture.emulator.providers.blackForestLabs.apiKey),
			),
		).toEqual([]);
	} finally {
		await foreign.close();
	}
});

it('needs only the credential of the provider', async () => {
	const { fluxKontextTheRouterApi } = emulatorCredentials(fixture.emulator);
	const run = await fixture.run(
		{ provider: 'theRouter', operation: 'generate', prompt: 'a fox' },
		{ credentials: fluxKontextTheRouterApi ? { fluxKontextTheRouterApi } : {} },
	);
	expect(run.error).toBeNull();
});
