import type { ImageRequest } from '../../../../nodes/FluxKontext/core/request/imageRequest';
import { needsInputSize, prepare } from '../../../../nodes/FluxKontext/core/request/prepare';
import { bytesImage, imageRequest, urlImage } from '../../../support/requests';
import { edit, picture, planOf, prepared, refusal } from './acme';

describe('needsInputSize', () => {
	it.each<[boolean, ImageRequest]>([
		[true, edit()],
		[false, edit({ sizing: { kind: 'aspectRatio', ratio: { w: 1, h: 1 } } })],
		[false, edit({ sizing: { kind: 'pixels', width: 512, height: 512 } })],
		[false, imageRequest({ model: 'painter' })],
	])('is true only where the size is taken from the first image: %s for %j', (needed, request) => {
		expect(needsInputSize(planOf(request))).toBe(needed);
	});
});

describe('prepare', () => {
	it('spreads images over several jobs where one job makes fewer, each with the next seeds', () => {
		const { requests } = prepared(
			imageRequest({ model: 'batch', options: { numberOfImages: 9, seed: 5 } }),
			[],
		);
		expect(requests.map(({ fields }) => fields)).toEqual([
			{ seed: 5, n: 4 },
			{ seed: 9, n: 4 },
			{ seed: 13, n: 1 },
		]);
	});

	it('returns one request with everything that is sent to the model', () => {
		expect(
			prepared(edit({ options: { seed: 7 }, additionalFields: { extra: true } }), [picture]),
		).toEqual({
			requests: [
				{
					operation: 'edit',
					model: 'painter',
					prompt: 'a red fox',
					images: [picture],
					size: { kind: 'pixels', width: 1184, height: 880 },
					fields: { random_seed: 7 },
					additionalFields: { extra: true },
				},
			],
			warnings: [],
		});
	});

	it('takes the shape of a URL image whose size is known, and warns where it is not', () => {
		expect(
			prepared(edit(), [urlImage('https://a.example/b.png', { width: 100, height: 100 })]),
		).toMatchObject({
			requests: [{ size: { kind: 'pixels', width: 1024, height: 1024 } }],
			warnings: [],
		});
		expect(prepared(edit(), [urlImage('https://a.example/b.png')])).toMatchObject({
			requests: [{ size: { kind: 'auto' } }],
			warnings: [
				{
					option: 'sizing',
					type: 'ignored',
					message:
						"The size of the input image could not be read, so the model's own default is used.",
				},
			],
		});
	});

	it('lists the warnings of the plan before those of the size', () => {
		const { warnings } = prepared(
			edit({ options: { steps: 4 }, sizing: { kind: 'pixels', width: 500, height: 500 } }),
			[picture],
		);
		expect(warnings.map(({ option }) => option)).toEqual(['steps', 'width']);
	});

	it('gives each repeated job the next seed, so that the images differ', () => {
		const { requests } = prepared(edit({ options: { seed: 7, numberOfImages: 3 } }), [picture]);
		expect(requests.map(({ fields }) => fields)).toEqual([
			{ random_seed: 7 },
			{ random_seed: 8 },
			{ random_seed: 9 },
		]);
	});

	it('counts seeds from zero as well, and sends none where none is set', () => {
		expect(
			prepared(edit({ options: { seed: 0, numberOfImages: 2 } }), [picture]).requests.map(
				({ fields }) => fields,
			),
		).toEqual([{ random_seed: 0 }, { random_seed: 1 }]);
		expect(
			prepared(edit({ options: { numberOfImages: 2 } }), [picture]).requests.map(
				({ fields }) => fields,
			),
		).toEqual([{}, {}]);
	});

	it.each([
		[
			'too large an image',
			bytesImage(new Uint8Array(2_400_000)),
			"'Input Images' entry 2 (input.png) has 2.4 MB, but painter takes at most 2.0 MB",
		],
		[
			'a format that the model does not take',
			bytesImage(new Uint8Array(9), { mimeType: 'image/avif', fileName: 'a.avif' }),
			"'Input Images' entry 2 (a.avif) is image/avif, but painter takes image/png, image/jpeg",
		],
	])('refuses %s, and names it', (_, image, message) => {
		expect(prepare(planOf(edit(), 2), [picture, image])).toEqual(refusal(message));
	});

	it('refuses a file where the model takes only URLs, and says what to do instead', () => {
		const editPlan = planOf(edit());
		const spec = { ...editPlan.spec, inputImages: { ...editPlan.spec.inputImages, bytes: false } };
		expect(prepare({ ...editPlan, spec }, [picture])).toEqual(
			refusal(
				"'Input Images' entry 1 (input.png) is a file, but painter takes URLs only: " +
					"put the image on the web and choose 'URL' as its source",
			),
		);
		expect(prepare({ ...editPlan, spec }, [urlImage('https://a.example/b.png')]).ok).toBe(true);
	});

	it('accepts an image of exactly the maximum size', () => {
		expect(prepare(planOf(edit()), [bytesImage(new Uint8Array(2_000_000))]).ok).toBe(true);
	});
});
