import { fal } from '../../../../nodes/FluxKontext/providers/fal';
import { png } from '../../../../tools/support/images';
import { preparedRequest } from '../../../support/requests';
import { bytes, json } from '../../../support/scriptedServer';
import { runToEnd, useEngineFixture } from '../../core/engineFixture';

const fixture = useEngineFixture();
const request = preparedRequest({ model: 'kontext/pro' });
const outage = json(503, { detail: 'Runner disconnected', error_type: 'runner_disconnected' });

beforeEach(async () => {
	const image = await png({ width: 8, height: 6 });
	fixture.server.on('POST', /text-to-image$/, json(200, { request_id: 'job-1', status: 'IN_QUEUE' }));
	fixture.server.on(
		'GET',
		/requests\/job-1$/,
		json(200, { images: [{ url: `${fixture.files.origin}/a.png` }] }),
	);
	fixture.files.on('GET', /a\.png/, bytes(image));
});

it('one infrastructure error on a status request does not end a paid job', async () => {
	fixture.server.on('GET', /status$/, outage, json(200, { status: 'COMPLETED' }));
	expect(await runToEnd(fixture.contextFor(fal), request)).toMatchObject({ result: { ok: true } });
});

it('a second one that says so too is believed', async () => {
	fixture.server.on('GET', /status$/, outage);
	expect(await runToEnd(fixture.contextFor(fal), request)).toMatchObject({
		job: { id: 'job-1', status: 'failed' },
		result: { ok: false, fault: { code: 'failed', providerStatus: 'runner_disconnected' } },
		polls: 2,
	});
});
