import { plan } from '../../../../nodes/FluxKontext/core/request/plan';
import { prepare } from '../../../../nodes/FluxKontext/core/request/prepare';
import type { ImageRequest } from '../../../../nodes/FluxKontext/core/request/imageRequest';
import { blackForestLabs } from '../../../../nodes/FluxKontext/providers/blackForestLabs';
import { bytesImage, imageRequest, preparedRequest, urlImage } from '../../../support/requests';

const context = { baseUrl: 'https://api.bfl.ai', now: Date.parse('2026-11-20T12:00:00Z') };
const request = preparedRequest({ model: 'flux-kontext-pro' });

describe('the builder of submits for FLUX.2', () => {
	const build = (overrides: Partial<ImageRequest>, images: Parameters<typeof prepare>[1] = []) => {
		const planned = plan(
			blackForestLabs,
			imageRequest({ model: 'flux-2-pro', ...overrides }),
			images.length,
		);
		if (!planned.ok) return planned.fault.message;
		const prepared = prepare(planned.value, images);
		if (!prepared.ok) return prepared.fault.message;
		const [first = request] = prepared.value.requests;
		const built = blackForestLabs.submit.build(first, context);
		return built.ok
			? {
					url: built.value.url,
					json: built.value.json,
					warnedOptions: prepared.value.warnings.map(({ option }) => option),
				}
			: built.fault.message;
	};
	const base = { prompt: 'a red fox', output_format: 'png' };
	const image = bytesImage(new Uint8Array([1, 2, 3]), { width: 1000, height: 500 });

	it('sends width and height only where a size is requested', () => {
		expect(build({})).toEqual({ url: 'https://api.bfl.ai/v1/flux-2-pro', json: base, warnedOptions: [] });
		expect(
			build({
				sizing: { kind: 'aspectRatio', ratio: { w: 16, h: 9 } },
				options: { safetyTolerance: 6, steps: 20 },
			}),
		).toEqual({
			url: 'https://api.bfl.ai/v1/flux-2-pro',
			json: { ...base, width: 1360, height: 768, safety_tolerance: 5 },
			warnedOptions: ['steps', 'safetyTolerance'],
		});
		expect(build({ sizing: { kind: 'pixels', width: 8000, height: 4000 } })).toMatchObject({
			json: { ...base, width: 2880, height: 1456 },
			warnedOptions: ['width'],
		});
	});

	it('leaves the shape of an edit to the model unless a scale is requested', () => {
		expect(build({ operation: 'edit' }, [image])).toMatchObject({
			json: { ...base, input_image: 'AQID' },
			warnedOptions: [],
		});
		expect(build({ operation: 'edit' }, [image])).not.toHaveProperty('json.width');
		expect(build({ operation: 'edit', resolution: '2K' }, [image])).toMatchObject({
			json: { width: 2880, height: 1456 },
		});
	});

	it('takes at most eight images', () => {
		const eight = Array.from({ length: 8 }, (_, index) => urlImage(`https://a.example/${index + 1}.png`));
		expect(build({ model: 'flux-2-max', operation: 'edit' }, eight)).toMatchObject({
			url: 'https://api.bfl.ai/v1/flux-2-max',
			json: {
				input_image: 'https://a.example/1.png',
				input_image_2: 'https://a.example/2.png',
				input_image_8: 'https://a.example/8.png',
			},
		});
		expect(build({ operation: 'edit' }, [...eight, image])).toContain('takes at most 8');
	});

	it('sends all options of flex', () => {
		const options = {
			seed: 7,
			outputFormat: 'jpeg',
			promptUpsampling: false,
			guidance: 1.5,
			steps: 50,
			safetyTolerance: 0,
		};
		expect(build({ model: 'flux-2-flex', options })).toEqual({
			url: 'https://api.bfl.ai/v1/flux-2-flex',
			json: {
				prompt: 'a red fox',
				output_format: 'jpeg',
				seed: 7,
				prompt_upsampling: false,
				guidance: 1.5,
				steps: 50,
				safety_tolerance: 0,
			},
			warnedOptions: [],
		});
	});

	it('treats an unlisted FLUX.2 model like pro, and any other unlisted model like Kontext', () => {
		const sizing = { kind: 'aspectRatio' as const, ratio: { w: 1, h: 1 } };
		expect(build({ model: 'flux-2-klein-9b', sizing })).toEqual({
			url: 'https://api.bfl.ai/v1/flux-2-klein-9b',
			json: { ...base, width: 1024, height: 1024 },
			warnedOptions: ['model'],
		});
		expect(build({ model: 'flux-9', sizing })).toMatchObject({
			json: { ...base, aspect_ratio: '1:1' },
		});
	});

	it('rejects a field of the other family before anything is sent', () => {
		const model = 'flux-2-pro';
		expect(
			blackForestLabs.submit.build(
				{ ...request, model, size: { kind: 'ratio', ratio: { w: 1, h: 1 } } },
				context,
			),
		).toMatchObject({ ok: false, fault: { code: 'invalidRequest' } });
		expect(
			blackForestLabs.submit.build(
				{ ...request, size: { kind: 'pixels', width: 64, height: 64 } },
				context,
			),
		).toMatchObject({ ok: false, fault: { code: 'invalidRequest' } });
	});
});
