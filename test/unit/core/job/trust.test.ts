import { blackForestLabs } from '../../../../nodes/FluxKontext/providers/blackForestLabs';
import { cancelJob } from '../../../../nodes/FluxKontext/core/job/cancel';
import type { Provider } from '../../../../nodes/FluxKontext/core/provider';
import { png } from '../../../../tools/support/images';
import { preparedRequest } from '../../../support/requests';
import { bytes, json, redirect } from '../../../support/scriptedServer';
import { accepted, completed, pending, provider, request, statusPath, submitPath } from './jobs';
import { runToEnd, useEngineFixture } from '../engineFixture';

const fixture = useEngineFixture();
const generate = preparedRequest({ model: 'flux-kontext-pro' });
const ready = (url: string) => json(200, { id: 'job-1', status: 'Ready', result: { sample: url } });
const keyed = (requests: typeof fixture.server.requests) =>
	requests
		.filter(({ headers, path, body }) => JSON.stringify([headers, path, body]).includes('sk-the-key'))
		.map(({ method, path }) => `${method} ${path}`);

describe('a polling address on a foreign host', () => {
	it('is never called and never sees the key; the job is asked for at the base URL', async () => {
		const image = await png({ width: 8, height: 8 });
		fixture.server.on(
			'POST',
			/flux-kontext-pro$/,
			json(200, { id: 'job-1', polling_url: `${fixture.files.origin}/v1/get_result?id=job-1` }),
		);
		fixture.server.on('GET', /^\/v1\/get_result\?id=job-1$/, ready(`${fixture.files.origin}/a.png`));
		fixture.files.on('GET', /a\.png/, bytes(image));
		expect(await runToEnd(fixture.run(blackForestLabs), generate)).toMatchObject({
			job: { status: 'succeeded' },
			result: { ok: true },
		});
		expect(fixture.files.requests.map(({ path }) => path)).toEqual(['/a.png']);
		expect(keyed(fixture.files.requests)).toEqual([]);
	});

	it('is a fault where a provider insists on it, and is still not called', async () => {
		const naive: Provider = {
			...provider,
			buildStatus: () => ({ method: 'GET', url: `${fixture.files.origin}/status` }),
			buildCancel: () => ({ method: 'POST', url: `${fixture.files.origin}/cancel` }),
		} as unknown as Provider;
		fixture.server.on('POST', submitPath, accepted);
		expect(await runToEnd(fixture.run(naive), request)).toMatchObject({
			job: { id: 'job-1', status: 'pending' },
			result: {
				fault: {
					code: 'badResponse',
					message: 'Runpod named an address that is not its own; the API key was not sent there',
					retryable: false,
				},
			},
		});
		expect(await cancelJob(fixture.run(naive), { id: 'job-1' })).toEqual({
			cancelled: false,
			message: 'the cancel address is not one of Runpod',
		});
		expect(fixture.files.requests).toEqual([]);
	});

	it('is not where a submit goes, either', async () => {
		const run = { ...fixture.run(provider), baseUrl: fixture.server.origin };
		const astray = {
			...provider,
			buildSubmit: () => ({
				ok: true as const,
				value: { method: 'POST' as const, url: `${fixture.files.origin}/run`, json: {} },
			}),
		};
		expect(await runToEnd({ ...run, provider: astray }, request)).toMatchObject({
			job: null,
			result: { fault: { code: 'badResponse' } },
		});
		expect(fixture.files.requests).toEqual([]);
	});
});

it('the key goes with every request to the provider, and with none for a file, whatever the file server does', async () => {
	const image = await png({ width: 8, height: 8 });
	fixture.server.on('POST', submitPath, accepted);
	fixture.server.on('GET', statusPath, pending, completed(`${fixture.files.origin}/first.png`));
	fixture.files.on('GET', /first/, redirect('/second.png'));
	// Back to the origin that may have the key: not with a download.
	fixture.files.on('GET', /second/, redirect(`${fixture.server.origin}/third.png`));
	fixture.server.on('GET', /third/, bytes(image));
	const { result } = await runToEnd(fixture.run(provider), request);
	expect(result).toMatchObject({
		ok: true,
		value: { images: [{ info: { mimeType: 'image/png', width: 8, height: 8 } }] },
	});
	expect(keyed(fixture.server.requests)).toEqual([
		`POST /${request.model}/run`,
		`GET /${request.model}/status/job-1`,
		`GET /${request.model}/status/job-1`,
	]);
	expect(keyed(fixture.files.requests)).toEqual([]);
	expect(fixture.files.requests.map(({ path }) => path)).toEqual(['/first.png', '/second.png']);
});

it('no outcome holds the key', async () => {
	fixture.server.on('POST', submitPath, accepted);
	fixture.server.on('GET', statusPath, json(401, { error: 'Unauthorized' }));
	expect(JSON.stringify(await runToEnd(fixture.run(provider), request))).not.toContain('sk-the-key');
});
