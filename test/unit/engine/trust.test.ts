import { blackForestLabs } from '../../../nodes/FluxKontext/providers/blackForestLabs';
import { cancelJob } from '../../../nodes/FluxKontext/core/cancel';
import type { Provider } from '../../../nodes/FluxKontext/core/types';
import { png } from '../../support/images';
import { preparedRequest } from '../../support/requests';
import { bytes, json, redirect } from '../../support/scriptedServer';
import { accepted, completed, pending, provider, request, statusPath, submitPath } from './jobs';
import { runToEnd, useWorld } from './world';

const world = useWorld();
const generate = preparedRequest({ model: 'flux-kontext-pro' });
const ready = (url: string) => json(200, { id: 'job-1', status: 'Ready', result: { sample: url } });
const keyed = (requests: typeof world.server.requests) =>
	requests
		.filter(({ headers, path, body }) => JSON.stringify([headers, path, body]).includes('sk-the-key'))
		.map(({ method, path }) => `${method} ${path}`);

describe('a polling address on a foreign host', () => {
	it('is never called and never sees the key; the job is asked for at the base URL', async () => {
		const image = await png({ width: 8, height: 8 });
		world.server.on(
			'POST',
			/flux-kontext-pro$/,
			json(200, { id: 'job-1', polling_url: `${world.files.origin}/v1/get_result?id=job-1` }),
		);
		world.server.on('GET', /^\/v1\/get_result\?id=job-1$/, ready(`${world.files.origin}/a.png`));
		world.files.on('GET', /a\.png/, bytes(image));
		expect(await runToEnd(world.run(blackForestLabs), generate)).toMatchObject({
			job: { status: 'succeeded' },
			result: { ok: true },
		});
		expect(world.files.requests.map(({ path }) => path)).toEqual(['/a.png']);
		expect(keyed(world.files.requests)).toEqual([]);
	});

	it('is a fault where a provider insists on it, and is still not called', async () => {
		const naive: Provider = {
			...provider,
			buildStatus: () => ({ method: 'GET', url: `${world.files.origin}/status` }),
			buildCancel: () => ({ method: 'POST', url: `${world.files.origin}/cancel` }),
		} as unknown as Provider;
		world.server.on('POST', submitPath, accepted);
		expect(await runToEnd(world.run(naive), request)).toMatchObject({
			job: { id: 'job-1', status: 'pending' },
			result: {
				fault: {
					code: 'badResponse',
					message: 'Runpod named an address that is not its own; the API key was not sent there',
					retryable: false,
				},
			},
		});
		expect(await cancelJob(world.run(naive), { id: 'job-1' })).toEqual({
			cancelled: false,
			message: 'the cancel address is not one of Runpod',
		});
		expect(world.files.requests).toEqual([]);
	});

	it('is not where a submit goes, either', async () => {
		const run = { ...world.run(provider), baseUrl: world.server.origin };
		const astray = {
			...provider,
			buildSubmit: () => ({
				ok: true as const,
				value: { method: 'POST' as const, url: `${world.files.origin}/run`, json: {} },
			}),
		};
		expect(await runToEnd({ ...run, provider: astray }, request)).toMatchObject({
			job: null,
			result: { fault: { code: 'badResponse' } },
		});
		expect(world.files.requests).toEqual([]);
	});
});

it('the key goes with every request to the provider, and with none for a file, whatever the file server does', async () => {
	const image = await png({ width: 8, height: 8 });
	world.server.on('POST', submitPath, accepted);
	world.server.on('GET', statusPath, pending, completed(`${world.files.origin}/first.png`));
	world.files.on('GET', /first/, redirect('/second.png'));
	// Back to the origin that may have the key: not with a download.
	world.files.on('GET', /second/, redirect(`${world.server.origin}/third.png`));
	world.server.on('GET', /third/, bytes(image));
	const { result } = await runToEnd(world.run(provider), request);
	expect(result).toMatchObject({
		ok: true,
		value: { images: [{ info: { mimeType: 'image/png', width: 8, height: 8 } }] },
	});
	expect(keyed(world.server.requests)).toEqual([
		`POST /${request.model}/run`,
		`GET /${request.model}/status/job-1`,
		`GET /${request.model}/status/job-1`,
	]);
	expect(keyed(world.files.requests)).toEqual([]);
	expect(world.files.requests.map(({ path }) => path)).toEqual(['/first.png', '/second.png']);
});

it('no outcome holds the key', async () => {
	world.server.on('POST', submitPath, accepted);
	world.server.on('GET', statusPath, json(401, { error: 'Unauthorized' }));
	expect(JSON.stringify(await runToEnd(world.run(provider), request))).not.toContain('sk-the-key');
});
