import { needsInputSize, plan, prepare, type Plan } from '../../../../nodes/FluxKontext/core/request/prepare';
import type {
	ImageRequest,
	InputImage,
	OperationSpec,
	Provider,
} from '../../../../nodes/FluxKontext/core/provider';
import { bytesImage, imageRequest, urlImage } from '../../../support/requests';

const noImages: OperationSpec['inputImages'] = { min: 0, max: 0, urls: false, maxBytes: 0, mimeTypes: [] };
const twoImages: OperationSpec['inputImages'] = {
	min: 1,
	max: 2,
	urls: true,
	maxBytes: 2_000_000,
	mimeTypes: ['image/png', 'image/jpeg'],
};
const painterEdits: OperationSpec = {
	inputImages: twoImages,
	size: { kind: 'pixels', multipleOf: 16, min: 256, max: 2048, maxPixels: 2048 * 2048 },
	options: {
		seed: { field: 'random_seed', max: 100 },
		safetyTolerance: { field: 'safety', max: 2, clamp: true },
	},
};
const acme = {
	displayName: 'Acme',
	models: [
		{
			id: 'painter',
			displayName: 'Painter',
			description: '',
			price: { usdPerImage: 0.04, readOn: '2026-11-20', source: 'https://acme.example' },
			operations: {
				generate: {
					inputImages: noImages,
					size: { kind: 'anyRatio' },
					options: { seed: { field: 'seed' } },
				},
				edit: painterEdits,
			},
		},
		{
			id: 'batch',
			displayName: 'Batch',
			description: '',
			price: { usdPerImage: 0.01, readOn: '2026-11-20', source: 'https://acme.example' },
			operations: {
				generate: {
					inputImages: noImages,
					size: { kind: 'none' },
					options: { numberOfImages: { field: 'n', max: 4 }, seed: { field: 'seed' } },
				},
			},
		},
	],
} as unknown as Provider;

const picture = bytesImage(new Uint8Array(1_000));
const edit = (more: Partial<ImageRequest> = {}) =>
	imageRequest({ model: 'painter', operation: 'edit', ...more });
const refused = (message: string) => ({
	ok: false,
	fault: {
		code: 'invalidRequest',
		message,
		description: 'Correct the named field, then run again. Nothing was charged.',
		httpStatus: null,
		providerStatus: null,
		retryable: false,
	},
});

function planned(request: ImageRequest, images = request.operation === 'edit' ? 1 : 0): Plan {
	const result = plan(acme, request, images);
	if (!result.ok) throw new Error(result.fault.message);
	return result.value;
}

function ready(request: ImageRequest, images: InputImage[]) {
	const result = prepare(planned(request, images.length), images);
	if (!result.ok) throw new Error(result.fault.message);
	return result.value;
}

describe('plan', () => {
	it('gives the fields, the warnings, the number of jobs and the cost', () => {
		const request = edit({ options: { seed: 7, safetyTolerance: 6, numberOfImages: 3, steps: 4 } });
		expect(plan(acme, request, 1)).toEqual({
			ok: true,
			value: {
				request,
				spec: painterEdits,
				fields: { random_seed: 7, safety: 2 },
				warnings: [
					{
						option: 'steps',
						type: 'ignored',
						message: "painter has no option 'Steps'; it was not sent.",
					},
					{
						option: 'safetyTolerance',
						type: 'adapted',
						message: "painter takes at most 2 for 'Safety Tolerance'; 6 became 2.",
					},
				],
				batches: [1, 1, 1],
				estimatedCost: 0.12,
			},
		});
	});

	it('is one job for a model that makes several images at a time, at the price of all', () => {
		expect(planned(imageRequest({ model: 'batch', options: { numberOfImages: 4 } }))).toMatchObject({
			batches: [4],
			estimatedCost: 0.04,
		});
	});

	it("treats a model that the catalogue does not know like the provider's default one, without a price", () => {
		expect(planned(edit({ model: 'painter-3', options: { seed: 1 } }))).toMatchObject({
			request: { model: 'painter-3' },
			spec: painterEdits,
			fields: { random_seed: 1 },
			estimatedCost: null,
		});
	});

	it.each<[string, ImageRequest, number, string]>([
		['an empty prompt', edit({ prompt: '' }), 1, "'Prompt' is empty; say what the image should show"],
		['a blank prompt', edit({ prompt: ' \n\t' }), 1, "'Prompt' is empty; say what the image should show"],
		['an edit without an image', edit(), 0, "'Input Images' holds no image, but painter needs 1 to edit"],
		['too many images', edit(), 3, "'Input Images' holds 3 images, but painter takes at most 2"],
		[
			'an image where none is taken',
			imageRequest({ model: 'painter' }),
			1,
			"'Input Images' holds 1 images, but painter takes none to generate",
		],
		[
			'an option out of range',
			edit({ options: { seed: 101 } }),
			1,
			"'Seed' for painter must be at most 100, but is 101",
		],
		[
			'a model that cannot do it',
			edit({ model: 'batch' }),
			1,
			"'Model' batch cannot edit images; models of Acme that can: painter",
		],
	])('refuses %s', (_, request, images, message) => {
		expect(plan(acme, request, images)).toEqual(refused(message));
	});

	it('refuses what no model of the provider can, known or not', () => {
		const editor = {
			...acme,
			models: [{ ...acme.models[0], id: 'editor', operations: { edit: painterEdits } }],
		} as Provider;
		for (const model of ['editor', 'another']) {
			expect(plan(editor, imageRequest({ model }), 0)).toEqual(
				refused('Acme cannot generate images: its models only edit'),
			);
		}
	});
});

describe('needsInputSize', () => {
	it.each<[boolean, ImageRequest]>([
		[true, edit()],
		[false, edit({ sizing: { kind: 'aspectRatio', ratio: { w: 1, h: 1 } } })],
		[false, edit({ sizing: { kind: 'pixels', width: 512, height: 512 } })],
		[false, imageRequest({ model: 'painter' })],
	])('is %s where the first image decides what is sent, and only there: %j', (needed, request) => {
		expect(needsInputSize(planned(request))).toBe(needed);
	});
});

describe('prepare', () => {
	it('spreads more images than one job makes over several, each with the next seeds', () => {
		const { requests } = ready(
			imageRequest({ model: 'batch', options: { numberOfImages: 9, seed: 5 } }),
			[],
		);
		expect(requests.map(({ fields }) => fields)).toEqual([
			{ seed: 5, n: 4 },
			{ seed: 9, n: 4 },
			{ seed: 13, n: 1 },
		]);
	});

	it('gives one request with all that the model is told', () => {
		expect(ready(edit({ options: { seed: 7 }, additionalFields: { extra: true } }), [picture])).toEqual({
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

	it('takes the shape from a URL image whose size is known, and says so where it is not', () => {
		expect(
			ready(edit(), [urlImage('https://a.example/b.png', { width: 100, height: 100 })]),
		).toMatchObject({
			requests: [{ size: { kind: 'pixels', width: 1024, height: 1024 } }],
			warnings: [],
		});
		expect(ready(edit(), [urlImage('https://a.example/b.png')])).toMatchObject({
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

	it('keeps the warnings of the plan before those of the size', () => {
		const { warnings } = ready(
			edit({ options: { steps: 4 }, sizing: { kind: 'pixels', width: 500, height: 500 } }),
			[picture],
		);
		expect(warnings.map(({ option }) => option)).toEqual(['steps', 'width']);
	});

	it('gives each repeated job the next seed, so that they are different pictures', () => {
		const { requests } = ready(edit({ options: { seed: 7, numberOfImages: 3 } }), [picture]);
		expect(requests.map(({ fields }) => fields)).toEqual([
			{ random_seed: 7 },
			{ random_seed: 8 },
			{ random_seed: 9 },
		]);
	});

	it('counts from zero as well, and leaves the seeds to the provider without one', () => {
		expect(
			ready(edit({ options: { seed: 0, numberOfImages: 2 } }), [picture]).requests.map(
				({ fields }) => fields,
			),
		).toEqual([{ random_seed: 0 }, { random_seed: 1 }]);
		expect(
			ready(edit({ options: { numberOfImages: 2 } }), [picture]).requests.map(({ fields }) => fields),
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
		expect(prepare(planned(edit(), 2), [picture, image])).toEqual(refused(message));
	});

	it('refuses a file where the model takes addresses only, and says what to do instead', () => {
		const whole = planned(edit());
		const spec = { ...whole.spec, inputImages: { ...whole.spec.inputImages, bytes: false } };
		expect(prepare({ ...whole, spec }, [picture])).toEqual(
			refused(
				"'Input Images' entry 1 (input.png) is a file, but painter takes URLs only: put the image on the web and choose 'URL' as its source",
			),
		);
		expect(prepare({ ...whole, spec }, [urlImage('https://a.example/b.png')]).ok).toBe(true);
	});

	it('takes an image of just the largest size', () => {
		expect(prepare(planned(edit()), [bytesImage(new Uint8Array(2_000_000))]).ok).toBe(true);
	});
});

describe('a model that the catalogue does not know', () => {
	const likely = {
		...acme,
		specForUnknownModel: (id: string) => (id.startsWith('batch') ? acme.models[1] : null),
	} as unknown as Provider;
	const options = { numberOfImages: 3 };

	it('is like the one that the provider names for it, and has no price', () => {
		expect(plan(likely, imageRequest({ model: 'batch-2', options }), 0)).toMatchObject({
			ok: true,
			value: { batches: [3], estimatedCost: null },
		});
		expect(plan(likely, edit({ model: 'batch-2' }), 1)).toMatchObject({
			ok: false,
			fault: { code: 'invalidRequest' },
		});
	});

	it('is like the default model where the provider names none', () => {
		expect(plan(likely, imageRequest({ model: 'other', options }), 0)).toMatchObject({
			ok: true,
			value: { batches: [1, 1, 1], estimatedCost: null },
		});
	});
});
