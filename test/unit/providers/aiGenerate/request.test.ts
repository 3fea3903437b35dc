import type { ImageRequest } from '../../../../nodes/FluxKontext/core/request/imageRequest';
import { plan } from '../../../../nodes/FluxKontext/core/request/plan';
import { prepare } from '../../../../nodes/FluxKontext/core/request/prepare';
import { aiGenerate } from '../../../../nodes/FluxKontext/providers/aiGenerate';
import { bytesImage, imageRequest, preparedRequest, urlImage } from '../../../support/requests';

const slug = 'black-forest-labs-black-forest-labs-flux-2-pro-text-to-image-1-0s-1k';
const context = { baseUrl: 'https://aimarcusimage.eu', now: Date.parse('2026-11-20T12:00:00Z') };
const request = preparedRequest({ model: 'flux-kontext-pro' });
const handle = { id: 'task-1', path: 'kontext' as const, misses: 0, credits: 5 };

it('builds status requests to the API of the task and encodes its id', () => {
	expect(aiGenerate.status.build(handle, context)).toEqual({
		method: 'GET',
		url: 'https://aimarcusimage.eu/api/v1/flux/kontext/record-info?taskId=task-1',
	});
	expect(aiGenerate.status.build({ ...handle, id: 'a&b=/../c', path: 'jobs' }, context).url).toBe(
		'https://aimarcusimage.eu/api/v1/jobs/recordInfo?taskId=a%26b%3D%2F..%2Fc',
	);
});

describe('the builder of submits', () => {
	const buildSubmit = (more: Partial<ImageRequest>, images: Parameters<typeof prepare>[1] = []) => {
		const planned = plan(aiGenerate, imageRequest({ model: 'flux-kontext-pro', ...more }), images.length);
		if (!planned.ok) return planned.fault.message;
		const prepared = prepare(planned.value, images);
		if (!prepared.ok) return prepared.fault.message;
		const [first = request] = prepared.value.requests;
		const built = aiGenerate.submit.build(first, context);
		return built.ok
			? {
					path: built.value.url.slice(context.baseUrl.length),
					body: built.value.json,
					warned: prepared.value.warnings.map(({ option }) => option),
				}
			: built.fault.message;
	};
	const kontext = '/api/v1/flux/kontext/generate';
	const createTask = '/api/v1/jobs/createTask';
	const image = urlImage('https://a.example/b.png');
	const prompt = 'a red fox';

	it('sends only what is requested', () => {
		expect(buildSubmit({})).toEqual({
			path: kontext,
			body: { model: 'flux-kontext-pro', prompt },
			warned: [],
		});
	});

	it('sends every option of a generation as documented', () => {
		const options = { outputFormat: 'png', promptUpsampling: true, safetyTolerance: 6 };
		expect(
			buildSubmit({
				model: 'flux-kontext-max',
				sizing: { kind: 'aspectRatio', ratio: { w: 3, h: 2 } },
				options,
				additionalFields: { enableTranslation: false },
			}),
		).toEqual({
			path: kontext,
			body: {
				model: 'flux-kontext-max',
				prompt,
				aspectRatio: '4:3',
				outputFormat: 'png',
				promptUpsampling: true,
				safetyTolerance: 6,
				enableTranslation: false,
			},
			warned: ['aspectRatio'],
		});
	});

	it('sends an edit with its image URL and clamps the safety tolerance to the maximum of edits', () => {
		expect(buildSubmit({ operation: 'edit', options: { safetyTolerance: 5, seed: 7 } }, [image])).toEqual(
			{
				path: kontext,
				body: {
					model: 'flux-kontext-pro',
					prompt,
					inputImage: 'https://a.example/b.png',
					safetyTolerance: 2,
				},
				warned: ['seed', 'safetyTolerance'],
			},
		);
	});

	it('sends a slug as a task and merges additional fields into its input', () => {
		expect(buildSubmit({ model: slug })).toEqual({
			path: createTask,
			body: { model: slug, input: { prompt } },
			warned: [],
		});
		expect(
			buildSubmit({
				model: slug,
				sizing: { kind: 'pixels', width: 1600, height: 900 },
				additionalFields: { resolution: '1K' },
			}),
		).toEqual({
			path: createTask,
			body: { model: slug, input: { prompt, aspect_ratio: '16:9', resolution: '1K' } },
			warned: ['width'],
		});
	});

	it('sends an edit with a slug that the catalogue does not list', () => {
		expect(buildSubmit({ operation: 'edit', model: 'any-image-to-image' }, [image, image])).toEqual({
			path: createTask,
			body: {
				model: 'any-image-to-image',
				input: { prompt, input_urls: ['https://a.example/b.png', 'https://a.example/b.png'] },
			},
			warned: ['model'],
		});
	});

	it('rejects an input image without a URL before anything is sent', () => {
		expect(buildSubmit({ operation: 'edit' }, [bytesImage(new Uint8Array([1]))])).toContain(
			'takes URLs only: put the image on the web',
		);
		expect(
			aiGenerate.submit.build({ ...request, images: [bytesImage(new Uint8Array([1]))] }, context),
		).toMatchObject({ ok: false, fault: { code: 'invalidRequest' } });
	});

	it('rejects an ill-typed field before anything is sent', () => {
		expect(
			aiGenerate.submit.build({ ...request, fields: { safetyTolerance: 'low' } }, context),
		).toMatchObject({ ok: false, fault: { code: 'invalidRequest' } });
	});
});
