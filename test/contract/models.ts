import { plan, type ImageOptions, type OperationSpec, type OptionName, type OptionSpec } from '../../index';
import { optionKinds } from '../../nodes/FluxKontext/core/request/options';
import { imageRequest } from '../support/requests';
import { sourcesOf } from './contractFixture';
import { imageOf, mimeTypes, type ModelOperation } from './outcomes';
import type { ContractSubject } from './suite';

/** Value of options without a maximum: the largest that fits into 32 bits with a sign. */
const MAX_INT32 = 2_147_483_647;

/** Returns a value for every option of a model: its minimum or its maximum. */
function allOptions({ options }: OperationSpec, end: 'min' | 'max'): ImageOptions {
	const values = Object.entries(options).map(([name, spec]) => {
		const named = Object.keys(spec.values ?? {});
		if (named.length > 0) return [name, end === 'min' ? named[0] : named.at(-1)];
		if (['promptUpsampling', 'safetyChecker'].includes(name)) return [name, end === 'max'];
		if (name === 'negativePrompt') return [name, 'blur'];
		const kind = optionKinds[name as keyof ImageOptions];
		return [name, spec[end] ?? (end === 'min' ? (kind.min ?? 1) : Math.min(kind.max ?? 100, MAX_INT32))];
	});
	return Object.fromEntries(values) as ImageOptions;
}

interface OutOfRange {
	name: OptionName;
	option: OptionSpec;
	/** Value just outside the model's range, but within that of the option itself. */
	value: number;
	/** The limit next to it. */
	limit: number;
}

/** Lists a value beyond each limit that a model sets to an option. */
function outOfRange({ options }: OperationSpec): OutOfRange[] {
	const entries = Object.entries(options) as Array<[OptionName, OptionSpec]>;
	return entries
		.filter(([name]) => name !== 'numberOfImages')
		.flatMap(([name, option]) => {
			const { min: lowest = -Infinity, max: highest = Infinity } = optionKinds[name];
			const { min, max } = option;
			const below = min === undefined ? [] : [{ name, option, value: min - 1, limit: min }];
			const above = max === undefined ? [] : [{ name, option, value: max + 1, limit: max }];
			return [...below, ...above].filter(({ value }) => value >= lowest && value <= highest);
		});
}

const asSent = (value: number, { as }: OptionSpec): number | string =>
	as === 'text' ? String(value) : value;

const fieldAt = (fields: object, path: string): unknown =>
	path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], fields);

/** Tests one operation of a model with its options, formats, sizes and additional fields. */
export function testModel(subject: ContractSubject, use: ModelOperation): void {
	testOptions(subject, use);
	testSizes(subject, use);
	testAdditionalFields(subject, use);
}

function testOptions(
	{ harness, provider, fixture }: ContractSubject,
	{ model, operation, spec }: ModelOperation,
): void {
	const sources = sourcesOf(spec);
	const requestWith = (options: ImageOptions) => imageRequest({ model: model.id, operation, options });

	it.each(['min', 'max'] as const)('sends every option of the catalogue entry at its %s', async (end) => {
		const options = allOptions(spec, end);
		const run = await harness.run(provider, requestWith(options), { sources });
		await imageOf(run);
		const fields = fixture.modelFields(harness.submitted(provider).body);
		const expected = Object.entries(options as Record<string, unknown>).map(([name, value]) => {
			const option = spec.options[name as keyof ImageOptions];
			const mapped = option?.values?.[String(value)] ?? (option?.invert ? !value : value);
			return [
				option?.field ?? name,
				fixture.asSent(option?.as === 'text' ? String(mapped) : mapped, operation),
			];
		});
		for (const [field, value] of expected) expect(fields).toHaveProperty(String(field), value);
		expect(run.prepared.warnings.filter(({ option }) => option in options)).toEqual([]);
	});

	it('clamps or refuses numbers outside the range of the catalogue entry', () => {
		const found = outOfRange(spec).map(({ name, value, limit, option }) => {
			const planned = plan(provider, requestWith({ [name]: value }), sources.length);
			const sent = planned.ok ? fieldAt(planned.value.fields, option.field) : 'refused';
			return { name, value, sent, expected: option.clamp ? asSent(limit, option) : 'refused' };
		});
		expect(found.filter(({ sent, expected }) => sent !== expected)).toEqual([]);
	});

	for (const outputFormat of Object.keys(spec.options.outputFormat?.values ?? {})) {
		it(`delivers an image in the format ${outputFormat}`, async () => {
			const options = { outputFormat } as ImageOptions;
			const { info } = await imageOf(await harness.run(provider, requestWith(options), { sources }));
			expect(info.mimeType).toBe(mimeTypes[outputFormat]);
		});
	}
}

function testSizes({ harness, provider }: ContractSubject, { model, operation, spec }: ModelOperation): void {
	it.each([
		['auto', { kind: 'auto' }, null],
		['a ratio', { kind: 'aspectRatio', ratio: { w: 3, h: 2 } }, 1.5],
		['the widest ratio', { kind: 'aspectRatio', ratio: { w: 21, h: 9 } }, 21 / 9],
		['the tallest ratio', { kind: 'aspectRatio', ratio: { w: 9, h: 21 } }, 9 / 21],
		['pixels', { kind: 'pixels', width: 1024, height: 1024 }, 1],
		['odd pixels', { kind: 'pixels', width: 1001, height: 703 }, 1001 / 703],
	] as const)('delivers the size "%s", or warns that it was adapted', async (_, sizing, ratio) => {
		const request = imageRequest({ model: model.id, operation, sizing });
		const run = await harness.run(provider, request, { sources: sourcesOf(spec) });
		const { info } = await imageOf(run);
		if (ratio === null) return;
		const isMet = Math.abs(Math.log(info.width / info.height / ratio)) < 0.06;
		expect(
			isMet || run.prepared.warnings.some(({ option }) => ['aspectRatio', 'width'].includes(option)),
		).toBe(true);
	});
}

function testAdditionalFields(
	{ harness, provider, fixture }: ContractSubject,
	{ model, operation, spec }: ModelOperation,
): void {
	it('lets the additional fields override the fields of the model', async () => {
		const seed = spec.options.seed ? { seed: 8 } : {};
		const request = imageRequest({
			model: model.id,
			operation,
			options: { seed: 7 },
			additionalFields: { prompt: 'an owl', ...seed },
		});
		const run = await harness.run(provider, request, { sources: sourcesOf(spec) });
		await imageOf(run);
		expect(fixture.modelFields(harness.submitted(provider).body)).toMatchObject({
			prompt: 'an owl',
			...(spec.options.seed && { seed: fixture.asSent(8, operation) }),
		});
		expect(harness.emulator.jobs).toMatchObject([{ prompt: 'an owl', ...seed }]);
	});
}
