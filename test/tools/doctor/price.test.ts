import { createEngine, plan, prepare, type JobSetup } from '../../../index';
import { lumenfall } from '../../../nodes/FluxKontext/providers/lumenfall';
import { nodePorts } from '../../../tools/doctor/doctorIo';
import { priceOf } from '../../../tools/doctor/price';
import { realClock } from '../../../tools/emulator/clock';
import { axiosPort } from '../../../tools/support/axiosPort';
import { imageRequest } from '../../support/requests';
import { json, startScriptedServer, type Answer, type ScriptedServer } from '../../support/scriptedServer';

// Lumenfall is asked at its own origin only, which the scripted server stands for here.

let server: ScriptedServer;
beforeEach(async () => {
	server = await startScriptedServer(realClock);
});
afterEach(async () => await server.close());

async function priceFrom(answer: Answer) {
	server.on('POST', /dryRun=true$/, answer);
	const provider = { ...lumenfall, defaultBaseUrl: server.origin };
	const planned = plan(provider, imageRequest({ model: 'flux.1-kontext-dev' }), 0);
	const prepared = planned.ok ? prepare(planned.value, []) : planned;
	const request = prepared.ok ? prepared.value.requests[0] : undefined;
	if (!planned.ok || !request) throw new Error('The request is valid');
	const { signal } = new AbortController();
	const setup: JobSetup = {
		provider,
		baseUrl: server.origin,
		ports: nodePorts(axiosPort({}), signal),
		deadline: Date.now() + 10_000,
		signal,
	};
	return await priceOf(createEngine(), setup, { plan: planned.value, request, input: null, warnings: [] });
}

it('is the one that the provider quotes', async () => {
	expect(await priceFrom(json(200, { total_cost_micros: 31_000 }))).toMatchObject({
		usd: 0.031,
		finding: { verdict: 'confirmed', detail: 'Lumenfall says 0.031 USD' },
	});
});

it("is the catalogue's where the provider does not quote one", async () => {
	expect(await priceFrom(json(404, { error: { message: 'no' } }))).toMatchObject({
		usd: 0.025,
		finding: { verdict: 'not confirmed', detail: 'Lumenfall answered 404: no' },
	});
});
