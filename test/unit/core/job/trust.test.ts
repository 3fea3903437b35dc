import { cancelJob } from '../../../../nodes/FluxKontext/core/job/cancel';
import type { JobProvider } from '../../../../nodes/FluxKontext/core/provider';
import { blackForestLabs } from '../../../../nodes/FluxKontext/providers/blackForestLabs';
import { png } from '../../../../tools/support/images';
import { preparedRequest } from '../../../support/requests';
import { bytes, json, redirect } from '../../../support/scriptedServer';
import { runToEnd, useEngineFixture } from '../engineFixture';
import { accepted, completed, pending, provider, request, statusPath, submitPath } from './jobs';

const fixture = useEngineFixture();
const generate = preparedRequest({ model: 'flux-kontext-pro' });
const ready = (url: string) => json(200, { id: 'job-1', status: 'Ready', result: { sample: url } });
const requestsWithKey = (requests: typeof fixture.server.requests) =>
	requests
		.filter(({ headers, path, body }) => JSON.stringify([headers, path, body]).includes('sk-the-key'))
		.map(({ method, path }) => `${method} ${path}`);

describe('a polling address on a foreign host', () => {
	it('is never requested; the job is polled at the base URL instead', async () => {
		const image = await png({ width: 8, height: 8 });
		fixture.server.on(
			'POST',
			/flux-kontext-pro$/,
			json(200, { id: 'job-1', polling_url: `${fixture.files.origin}/v1/get_result?id=job-1` }),
		);
		fixture.server.on('GET', /^\/v1\/get_result\?id=job-1$/, ready(`${fixture.files.origin}/a.png`));
		fixture.files.on('GET', /a\.png/, bytes(image));
		expect(await runToEnd(fixture.contextFor(blackForestLabs), generate)).toMatchObject({
			job: { status: 'succeeded' },
			result: { ok: true },
		});
		expect(fixture.files.requests.map(({ path }) => path)).toEqual(['/a.png']);
		expect(requestsWithKey(fixture.files.requests)).toEqual([]);
	});

	it('is a fault where the provider uses it nevertheless, and is still not requested', async () => {
		const naive: JobProvider = {
			...(provider as JobProvider),
			status: {
				...provider.status,
				build: () => ({ method: 'GET', url: `${fixture.files.origin}/status` }),
			},
			cancel: { build: () => ({ method: 'POST', url: `${fixture.files.origin}/cancel` }) },
		};
		fixture.server.on('POST', submitPath, accepted);
		expect(await runToEnd(fixture.contextFor(naive), request)).toMatchObject({
			job: { id: 'job-1', status: 'pending' },
			result: {
				fault: {
					code: 'badResponse',
					message: 'Runpod named an address that is not its own; the API key was not sent there',
					retryable: false,
				},
			},
		});
		expect(await cancelJob(fixture.contextFor(naive), { id: 'job-1' })).toEqual({
			cancelled: false,
			message: 'the cancel address is not one of Runpod',
		});
		expect(fixture.files.requests).toEqual([]);
	});

	it('is not requested by a submit either', async () => {
		const context = { ...fixture.contextFor(provider), baseUrl: fixture.server.origin };
		const misdirected = {
			...provider,
			submit: {
				...provider.submit,
				build: () => ({
					ok: true as const,
					value: { method: 'POST' as const, url: `${fixture.files.origin}/run`, json: {} },
				}),
			},
		};
		expect(await runToEnd({ ...context, provider: misdirected }, request)).toMatchObject({
			job: null,
			result: { fault: { code: 'badResponse' } },
		});
		expect(fixture.files.requests).toEqual([]);
	});
});

it('the key goes with every API request and with no download, even across redirects', async () => {
	const image = await png({ width: 8, height: 8 });
	fixture.server.on('POST', submitPath, accepted);
	fixture.server.on('GET', statusPath, pending, completed(`${fixture.files.origin}/first.png`));
	fixture.files.on('GET', /first/, redirect('/second.png'));
	// Leads back to the origin that may receive the key; a download still carries none.
	fixture.files.on('GET', /second/, redirect(`${fixture.server.origin}/third.png`));
	fixture.server.on('GET', /third/, bytes(image));
	const { result } = await runToEnd(fixture.contextFor(provider), request);
	expect(result).toMatchObject({
		ok: true,
		value: { images: [{ info: { mimeType: 'image/png', width: 8, height: 8 } }] },
	});
	expect(requestsWithKey(fixture.server.requests)).toEqual([
		`POST /${request.model}/run`,
		`GET /${request.model}/status/job-1`,
		`GET /${request.model}/status/job-1`,
	]);
	expect(requestsWithKey(fixture.files.requests)).toEqual([]);
	expect(fixture.files.requests.map(({ path }) => path)).toEqual(['/first.png', '/second.png']);
});

it('no outcome contains the key', async () => {
	fixture.server.on('POST', submitPath, accepted);
	fixture.server.on('GET', statusPath, json(401, { error: 'Unauthorized' }));
	expect(JSON.stringify(await runToEnd(fixture.contextFor(provider), request))).not.toContain('sk-the-key');
});
