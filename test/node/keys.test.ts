import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { INodeParameters } from 'n8n-workflow';

import type { RecordedRequest } from '../../tools/emulator';
import { picture, providerIds, useNodeFixture, withBinary, type BenchProvider } from './nodeFixture';
import { emulatorCredentials } from '../../tools/n8n-core/runNode';
import { failedItems } from '../../tools/n8n-core/versions';

const fixture = useNodeFixture();
const edit = (provider: BenchProvider, more: INodeParameters = {}): INodeParameters => ({
	provider,
	operation: 'edit',
	prompt: 'at night',
	...more,
});

/** Whether any header of a request holds this text. */
const shows = (
	{ headers }: { headers: IncomingHttpHeaders | RecordedRequest['headers'] },
	text: string,
): boolean => JSON.stringify(headers).includes(text);

/** A stranger's server that answers everything with an empty object. */
async function stranger() {
	const calls: Array<{ url: string; headers: IncomingHttpHeaders }> = [];
	const server = createServer(({ url = '', headers }, response) => {
		calls.push({ url, headers });
		response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"Ready"}');
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const close = async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	};
	return { origin, calls, close };
}

describe.each(providerIds)('the key of %s', (provider) => {
	it('goes along with every request to the API in its own header, and with no download', async () => {
		const { apiKey } = fixture.emulator.providers[provider];
		const inputImages = { image: [{ source: 'url', url: fixture.emulator.sampleImage.url }] };
		const run = await fixture.run(edit(provider, { inputImages }));
		expect(run.error).toBeNull();
		const toApi = fixture.emulator.requests.filter((request) => request.provider === provider);
		expect(new Set(toApi.map(({ stage }) => stage))).toEqual(new Set(['submit', 'status']));
		for (const { headers } of toApi) {
			const own =
				provider === 'blackForestLabs' ? { 'x-key': apiKey } : { authorization: `Bearer ${apiKey}` };
			const { 'x-key': key, authorization } = headers;
			expect({ ...(key && { 'x-key': key }), ...(authorization && { authorization }) }).toEqual(own);
		}
		const others = fixture.emulator.requests.filter((request) => request.provider !== provider);
		expect(others.map(({ stage }) => stage)).toContain('download');
		expect(
			others.filter(
				(request) =>
					'x-key' in request.headers ||
					'authorization' in request.headers ||
					shows(request, apiKey),
			),
		).toEqual([]);
	});

	it('is in no item, binary data or error', async () => {
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

	it.each(['submit', 'status'] as const)('follows no redirect of a %s', async (stage) => {
		const { apiKey } = fixture.emulator.providers[provider];
		const elsewhere = await stranger();
		try {
			const targets = [`${fixture.emulator.filesOrigin}/elsewhere`, `${elsewhere.origin}/elsewhere`];
			for (const [index, location] of targets.entries()) {
				fixture.emulator.inject({
					provider,
					stage,
					kind: 'redirect',
					status: index === 0 ? 302 : 307,
					location,
				});
				const run = await fixture.run(edit(provider), { items: [withBinary(await picture(64, 64))] });
				// A job that was accepted is looked at again: the redirect said nothing about it.
				if (stage === 'status') expect(run.error).toBeNull();
				else expect(run.error).toMatchObject({ context: { code: 'badResponse', itemIndex: 0 } });
			}
			expect(elsewhere.calls).toEqual([]);
			expect(fixture.emulator.requests.filter(({ path }) => path === '/elsewhere')).toEqual([]);
			expect(
				fixture.emulator.requests.filter(
					(request) => shows(request, apiKey) && request.provider !== provider,
				),
			).toEqual([]);
		} finally {
			await elsewhere.close();
		}
	});
});

it('does not ask a polling URL on a foreign host, and finishes the job at the base URL', async () => {
	const elsewhere = await stranger();
	const accepted = await fixture.run({
		provider: 'blackForestLabs',
		operation: 'generate',
		prompt: 'a fox',
	});
	const id = fixture.emulator.jobs[0]?.id;
	expect(accepted.items).toHaveLength(1);
	try {
		for (const host of [elsewhere.origin, 'http://api.bfl.ai', 'https://api.bfl.ai.example.com']) {
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
		expect(elsewhere.calls).toEqual([]);
	} finally {
		await elsewhere.close();
	}
});

it('downloads without a key even from a stranger, and says that what came is no image', async () => {
	const elsewhere = await stranger();
	try {
		fixture.emulator.inject({
			stage: 'status',
			kind: 'status',
			status: 200,
			body: { status: 'Ready', result: { sample: `${elsewhere.origin}/a.png` } },
		});
		const run = await fixture.run({
			provider: 'blackForestLabs',
			operation: 'generate',
			prompt: 'a fox',
		});
		expect(run.error).toMatchObject({ context: { code: 'badResponse', job: { status: 'succeeded' } } });
		expect(new Set(elsewhere.calls.map(({ url }) => url))).toEqual(new Set(['/a.png']));
		expect(
			elsewhere.calls.filter(
				(call) =>
					'x-key' in call.headers || shows(call, fixture.emulator.providers.blackForestLabs.apiKey),
			),
		).toEqual([]);
	} finally {
		await elsewhere.close();
	}
});

it('uses the credential of the provider alone', async () => {
	const { fluxKontextTheRouterApi } = emulatorCredentials(fixture.emulator);
	const run = await fixture.run(
		{ provider: 'theRouter', operation: 'generate', prompt: 'a fox' },
		{ credentials: fluxKontextTheRouterApi ? { fluxKontextTheRouterApi } : {} },
	);
	expect(run.error).toBeNull();
});
