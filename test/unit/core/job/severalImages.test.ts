import type { ImagePosition } from '../../../../nodes/FluxKontext/core/job/deliver';
import { theRouter } from '../../../../nodes/FluxKontext/providers/theRouter';
import { png } from '../../../../tools/support/images';
import { preparedRequest } from '../../../support/requests';
import { bytes, json, text } from '../../../support/scriptedServer';
import { storeInMemory, runToEnd, useEngineFixture } from '../engineFixture';

const fixture = useEngineFixture();
const info = { mimeType: 'image/png', extension: 'png', width: 8, height: 6 };
let image: Uint8Array;
beforeAll(async () => {
	image = await png(info);
});

describe('a job with several images', () => {
	const severalRequest = preparedRequest({ model: 'black-forest-labs/flux-kontext-dev' });
	const scriptFinished = (more: object) => {
		fixture.server.on('POST', /generations/, json(202, { id: 'img_1', status: 'queued' }));
		fixture.server.on('GET', /jobs\/img_1/, json(200, { id: 'img_1', status: 'succeeded', ...more }));
	};

	it('delivers all of them in order, each stored with its position', async () => {
		scriptFinished({ unsigned_urls: [`${fixture.files.origin}/0.png`, `${fixture.files.origin}/1.png`] });
		fixture.files.on('GET', /0\.png/, text(503, ''), bytes(image));
		fixture.files.on('GET', /1\.png/, bytes(await png({ width: 3, height: 3 })));
		const stored: Array<[ImagePosition, string]> = [];
		const outcome = await runToEnd(fixture.contextFor(theRouter), severalRequest, {
			store: async (image, job, position) => {
				stored.push([position, job.status]);
				return await storeInMemory(image);
			},
		});
		expect(outcome.result).toMatchObject({
			ok: true,
			value: {
				images: [
					{ index: 0, info: { width: 8 } },
					{ index: 1, info: { width: 3 } },
				],
				missing: [],
				meta: {},
			},
		});
		expect(stored).toEqual([
			[{ index: 0, count: 2 }, 'succeeded'],
			[{ index: 1, count: 2 }, 'succeeded'],
		]);
	});

	it('delivers them from base64, without a link', async () => {
		scriptFinished({ result: { data: [{ b64_json: Buffer.from(image).toString('base64') }] } });
		expect((await runToEnd(fixture.contextFor(theRouter), severalRequest)).result).toEqual({
			ok: true,
			value: {
				images: [
					{
						index: 0,
						info,
						bytes: image.length,
						value: Buffer.from(image),
						url: null,
						urlExpiresAt: null,
					},
				],
				missing: [],
				meta: {},
			},
		});
	});

	it.each([
		[
			'is not an image',
			'AQID',
			async () => await Promise.resolve(Buffer.alloc(0)),
			{
				code: 'badResponse',
				message:
					'What TheRouter delivered is not an image: it is a file of an unknown kind (first bytes 01 02 03)',
			},
		],
		[
			'cannot be stored',
			'',
			async () => await Promise.reject(new Error('disk full')),
			{ code: 'failed', message: 'The image of TheRouter could not be stored: disk full' },
		],
	])('reports base64 that %s', async (_, data, store, fault) => {
		scriptFinished({
			result: { data: [{ b64_json: data === '' ? Buffer.from(image).toString('base64') : data }] },
		});
		expect(
			(await runToEnd(fixture.contextFor(theRouter), severalRequest, { store })).result,
		).toMatchObject({
			ok: false,
			fault,
		});
	});
});
