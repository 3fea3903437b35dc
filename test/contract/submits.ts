import { imageRequest } from '../support/requests';
import { imageOf, mimeTypes, modelOperations } from './outcomes';
import type { ContractSubject } from './suite';

/** Tests that the requests of the fixture arrive exactly as the provider documents them. */
export function testSubmits({ harness, provider, fixture }: ContractSubject): void {
	it.each(fixture.submits.map((submit) => [submit.name, submit] as const))(
		'sends the documented request: %s',
		async (_, { request, source, path, body, warned = [] }) => {
			const [use] = modelOperations(provider).filter(
				({ operation }) => operation === request.operation,
			);
			const run = await harness.run(
				provider,
				imageRequest({ model: use?.model.id ?? '', ...request }),
				{ sources: source ? [source] : [] },
			);
			expect(harness.submitted(provider)).toEqual({
				path,
				body: body(harness.emulator.sampleImage),
			});
			expect(run.prepared.warnings.map(({ option }) => option)).toEqual(warned);
			const { info } = await imageOf(run);
			const format = request.options?.outputFormat;
			const expectedFormat =
				format !== undefined && !warned.includes('outputFormat') ? format : (fixture.format ?? 'png');
			expect(info.mimeType).toBe(mimeTypes[expectedFormat]);
		},
	);

	it('has a documented request for every operation, and for each form of input image that it takes', () => {
		const known = new Set(
			fixture.submits.map(({ request, source }) => `${request.operation} ${source ?? ''}`.trim()),
		);
		const needed = modelOperations(provider).flatMap(({ operation, spec: { inputImages } }) => [
			...(inputImages.min === 0 ? [operation] : []),
			...(inputImages.max > 0 && inputImages.bytes !== false ? [`${operation} bytes`] : []),
			...(inputImages.urls && operation === 'edit' ? ['edit url'] : []),
		]);
		expect(needed.filter((name) => !known.has(name))).toEqual([]);
	});
}
