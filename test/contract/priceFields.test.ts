import { plan, prepare, providers, type ModelSpec, type OperationSpec, type Provider } from '../../index';
import type { JsonObject } from '../../nodes/FluxKontext/core/base/json';
import type { HttpRequest } from '../../nodes/FluxKontext/core/http/ports';
import { checkPriceFields } from '../../nodes/FluxKontext/core/request/cost';
import type { ImageRequest, InputImage } from '../../nodes/FluxKontext/core/request/imageRequest';
import type { Operation } from '../../nodes/FluxKontext/core/request/model';
import { bytesImage, imageRequest, urlImage } from '../support/requests';

const context = { baseUrl: 'https://host.example', now: 0 };

/** Lists the fields of a body by the names of the innermost objects, with their values as JSON. */
function fieldsOf({ json, form = [] }: HttpRequest): Map<string, string> {
	const fields = new Map<string, string>();
	const visit = (value: unknown, name: string): void => {
		if (typeof value !== 'object' || value === null) {
			fields.set(name, JSON.stringify(value));
			return;
		}
		for (const [key, inner] of Object.entries(value)) visit(inner, Array.isArray(value) ? name : key);
	};
	visit(json ?? {}, '');
	for (const part of form) if ('value' in part) fields.set(part.name, part.value);
	return fields;
}

const inputsOf = ({ inputImages: { min, bytes } }: OperationSpec): InputImage[] =>
	min === 0
		? []
		: [bytes === false ? urlImage('https://a.example/b.png') : bytesImage(new Uint8Array([1]))];

/** Returns the fields of the first submit of a request. */
function submitted(provider: Provider, request: ImageRequest, spec: OperationSpec): Map<string, string> {
	const images = inputsOf(spec);
	const planned = plan(provider, request, images.length);
	if (!planned.ok) throw new Error(planned.fault.message);
	const prepared = prepare(planned.value, images);
	const [first] = prepared.ok ? prepared.value.requests : [];
	if (!first) throw new Error('There is no request');
	const built = provider.submit.build(first, context);
	if (!built.ok) throw new Error(built.fault.message);
	return fieldsOf(built.value);
}

/** Lists the fields with which a model is told its model, the size and the number of images. */
function priceFieldsOf(
	provider: Provider,
	{ id }: ModelSpec,
	operation: Operation,
	spec: OperationSpec,
): string[] {
	const sent = (change: Partial<ImageRequest>) =>
		submitted(provider, imageRequest({ model: id, operation, ...change }), spec);
	const plain = sent({});
	const changed = [
		sent({ sizing: { kind: 'aspectRatio', ratio: { w: 16, h: 9 } } }),
		sent({ sizing: { kind: 'pixels', width: 512, height: 1024 } }),
		sent({ resolution: '2K' }),
		sent({ options: { numberOfImages: 2 } }),
	];
	const names = changed.flatMap((fields) =>
		[...fields].filter(([name, value]) => plain.get(name) !== value).map(([name]) => name),
	);
	const modelFields = [...plain].filter(([, value]) => value.includes(id)).map(([name]) => name);
	return [...new Set([...names, ...modelFields])];
}

const uses = providers.flatMap((provider) =>
	provider.models.flatMap((model) =>
		(Object.entries(model.operations) as Array<[Operation, OperationSpec]>).map(
			([operation, spec]) => [provider, model, operation, spec] as const,
		),
	),
);

it.each(
	uses.map(
		([provider, model, operation, spec]) =>
			[
				`${provider.id}: ${operation} with ${model.id}`,
				() => ({ provider, model, operation, spec }),
			] as const,
	),
)('Max Cost knows every field that the price depends on at %s', (_, use) => {
	const { provider, model, operation, spec } = use();
	const isRefused = (name: string) => {
		const additionalFields: JsonObject = { wrapped: [{ [name]: 1 }] };
		const request = imageRequest({ model: model.id, operation, additionalFields });
		const planned = plan(provider, request, inputsOf(spec).length);
		return planned.ok && !checkPriceFields(planned.value).ok;
	};
	expect(priceFieldsOf(provider, model, operation, spec).filter((name) => !isRefused(name))).toEqual([]);
});

it('some provider is told a size, a number of images and a model', () => {
	const names = uses.flatMap(([provider, model, operation, spec]) =>
		priceFieldsOf(provider, model, operation, spec),
	);
	expect(names).toEqual(
		expect.arrayContaining(['model', 'width', 'aspect_ratio', 'size', 'n', 'num_images']),
	);
});
