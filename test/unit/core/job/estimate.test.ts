import { requestPrice } from '../../../../nodes/FluxKontext/core/job/estimate';
import { lumenfall } from '../../../../nodes/FluxKontext/providers/lumenfall';
import { preparedRequest } from '../../../support/requests';
import { hang, json, reset, type Answer } from '../../../support/scriptedServer';
import { START, useEngineFixture } from '../engineFixture';

const fixture = useEngineFixture();
const request = preparedRequest({ model: 'flux.1-kontext-dev', fields: { n: 2 } });
const links = ['https://media.example/a.png', 'https://media.example/b.png'];
const images = { data: links.map((url) => ({ url })) };
/** Asks the scripted server as if it were the origin of the provider, and answers the question. */
async function ask(...answers: Answer[]) {
	fixture.server.on('POST', /./, ...answers);
	return await requestPrice(
		fixture.contextFor({ ...lumenfall, defaultBaseUrl: fixture.server.origin }),
		request,
	);
}
const asked = () => fixture.server.requests.map(({ path }) => path);
const question = '/openai/v1/images/generations?dryRun=true';

it('asks the provider at its own origin for the price, once', async () => {
	expect(await ask(json(200, { total_cost_micros: 50_000 }))).toEqual({
		result: { ok: true, value: 0.05 },
		job: null,
	});
	expect(asked()).toEqual([question]);
});

it('does not ask at any other base URL, where a proxy could take the question for the paid request', async () => {
	expect(await requestPrice(fixture.contextFor(lumenfall), request)).toEqual({ result: null, job: null });
	expect(asked()).toEqual([]);
});

it('reports the images that were made instead of an answer, as a job that leads to them', async () => {
	expect(await ask(json(200, images, { 'x-lumenfall-request-id': 'req_1' }))).toEqual({
		result: {
			ok: false,
			fault: {
				code: 'badResponse',
				message:
					'The price question to Lumenfall was answered with 2 images instead of a price, ' +
					'which may have been charged; nothing else was submitted',
				description:
					"Get what was made with 'Job → Get' from the job in the details. " +
					'Check that nothing between n8n and the provider drops the query of a URL, ' +
					"or remove 'Max Cost'.",
				httpStatus: null,
				providerStatus: null,
				retryable: false,
			},
		},
		job: {
			provider: 'lumenfall',
			model: 'flux.1-kontext-dev',
			id: 'req_1',
			status: 'succeeded',
			providerStatus: 'succeeded',
			submittedAt: new Date(START).toISOString(),
			handle: {
				id: 'req_1',
				images: links.map((url) => ({ url, expiresAt: expect.any(String) as unknown })),
			},
		},
	});
	expect(asked()).toEqual([question]);
});

it('does not promise images that came in the response alone', async () => {
	const { result, job } = await ask(json(200, { data: [{ b64_json: 'iVBORw0KGgo=' }] }));
	expect(result).toMatchObject({
		ok: false,
		fault: {
			message: expect.stringContaining('answered with 1 image instead') as unknown,
			description: expect.not.stringContaining('Job → Get') as unknown,
		},
	});
	expect(job).toMatchObject({ status: 'succeeded', handle: { images: [] } });
});

const check = expect.stringMatching(/^Check at Lumenfall whether the question was charged/) as unknown;

it.each<[string, Answer, object]>([
	['an unknown shape', json(200, { data: [] }), { code: 'badResponse', description: check }],
	[
		'no answer',
		reset,
		{
			code: 'unavailable',
			message:
				'Lumenfall did not say what the image would cost (ECONNRESET); nothing else was submitted',
			description: check,
			retryable: false,
		},
	],
	[
		'an error',
		json(500, { error: { code: 'UPSTREAM_ERROR', message: 'no' } }),
		{ code: 'failed', message: 'Lumenfall answered 500: no' },
	],
	[
		'429',
		json(429, { error: { code: 'RATE_LIMITED', message: 'slow' } }, { 'retry-after': '0' }),
		{ code: 'rateLimited' },
	],
])('is not repeated after %s', async (_, answer, fault) => {
	expect(await ask(answer)).toMatchObject({ result: { ok: false, fault }, job: null });
	expect(asked()).toEqual([question]);
});

it('says that nothing was submitted where the provider was not reached', async () => {
	await fixture.server.close();
	const { result } = await ask(hang);
	expect(result).toMatchObject({
		ok: false,
		fault: {
			message: 'Lumenfall did not say what the image would cost (ECONNREFUSED); nothing was submitted',
		},
	});
});
