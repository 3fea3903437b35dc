import sharp from 'sharp';

import type { ImageOptions, JobRecord, ModelSpec, Operation, OperationSpec, Provider } from '../../index';
import { optionKinds } from '../../nodes/FluxKontext/core/request/options';
import { fixtures, type ProviderFixture } from '../fixtures';
import { imageRequest } from '../support/requests';
import { simplest, sourcesOf, type Gone, type ContractFixture } from './contractFixture';

const types: Record<string, string> = {
	png: 'image/png',
	jpeg: 'image/jpeg',
	webp: 'image/webp',
	gif: 'image/gif',
	avif: 'image/avif',
};

/** The one image of a job that went well, decoded. */
async function imageOf({ outcome }: Gone) {
	const { result } = outcome;
	if (!result.ok) throw new Error(result.fault.message);
	const [image] = result.value.images;
	if (!image) throw new Error('There is no image');
	const { format, compression, width, height } = await sharp(image.value, {
		failOn: 'truncated',
	}).metadata();
	expect(image.info).toMatchObject({
		mimeType: `image/${format === 'heif' && compression === 'av1' ? 'avif' : format}`,
		width,
		height,
	});
	expect(image.bytes).toBe(image.value.length);
	return image;
}

function faultOf({ outcome }: Gone) {
	return outcome.result.ok ? null : outcome.result.fault;
}

interface Use {
	model: ModelSpec;
	operation: Operation;
	spec: OperationSpec;
}

const usesOf = ({ models }: Provider): Use[] =>
	models.flatMap((model) =>
		(Object.entries(model.operations) as Array<[Operation, OperationSpec]>).map(([operation, spec]) => ({
			model,
			operation,
			spec,
		})),
	);

/** A value for every option of a model: its lowest or its highest. */
function allOptions({ options }: OperationSpec, end: 'min' | 'max'): ImageOptions {
	const values = Object.entries(options).map(([name, spec]) => {
		const named = Object.keys(spec.values ?? {});
		if (named.length > 0) return [name, end === 'min' ? named[0] : named.at(-1)];
		if (['promptUpsampling', 'safetyChecker'].includes(name)) return [name, end === 'max'];
		if (name === 'negativePrompt') return [name, 'blur'];
		const kind = optionKinds[name as keyof ImageOptions];
		return [
			name,
			spec[end] ?? (end === 'min' ? (kind.min ?? 1) : Math.min(kind.max ?? 100, 2_147_483_647)),
		];
	});
	return Object.fromEntries(values) as ImageOptions;
}

const covered = (providers: readonly Provider[], known: Readonly<Record<string, ProviderFixture>>) =>
	providers.flatMap((provider) => {
		const fixture = known[provider.id];
		return fixture
			? [[provider.displayName, provider, fixture] as [string, Provider, ProviderFixture]]
			: [];
	});

/** What every provider has to keep, run over some of them: a file for each part of the registry, so that they run side by side. */
export function contractOf(harness: ContractFixture, providers: readonly Provider[], known = fixtures): void {
	describe.each(covered(providers, known))('%s', (_, provider, fixture) => {
		const simple = simplest(provider);
		/** Its answer to the submit is the image: no job is ever pending, and a refusal names none. */
		const synchronous = !provider.buildStatus;
		const atOnce = synchronous || fixture.waits === true;
		const goSimply = async (more: Partial<Parameters<typeof harness.go>[2]> = {}) =>
			await harness.go(provider, simple.request, { sources: simple.sources, ...more });

		it.each(fixture.submits.map((submit) => [submit.name, submit] as const))(
			'%s',
			async (__, { request, source, path, body, warned = [] }) => {
				const [use] = usesOf(provider).filter(({ operation }) => operation === request.operation);
				const gone = await harness.go(
					provider,
					imageRequest({ model: use?.model.id ?? '', ...request }),
					{ sources: source ? [source] : [] },
				);
				expect(harness.submitted(provider)).toEqual({
					path,
					body: body(harness.emulator.sampleImage),
				});
				expect(gone.prepared.warnings.map(({ option }) => option)).toEqual(warned);
				const { info } = await imageOf(gone);
				const format = request.options?.outputFormat;
				const asked =
					format !== undefined && !warned.includes('outputFormat')
						? format
						: (fixture.format ?? 'png');
				expect(info.mimeType).toBe(types[asked]);
			},
		);

		it('has a fixture for every operation, and for bytes and addresses where it takes them', () => {
			const known = new Set(
				fixture.submits.map(({ request, source }) => `${request.operation} ${source ?? ''}`.trim()),
			);
			const needed = usesOf(provider).flatMap(({ operation, spec: { inputImages } }) => [
				...(inputImages.min === 0 ? [operation] : []),
				...(inputImages.max > 0 && inputImages.bytes !== false ? [`${operation} bytes`] : []),
				...(inputImages.urls && operation === 'edit' ? ['edit url'] : []),
			]);
			expect(needed.filter((each) => !known.has(each))).toEqual([]);
		});

		describe.each(usesOf(provider).map((use) => [`${use.model.id} to ${use.operation}`, use] as const))(
			'%s',
			(__, { model, operation, spec }) => {
				const sources = sourcesOf(spec);
				const asked = (more: object) => imageRequest({ model: model.id, operation, ...more });

				it.each(['min', 'max'] as const)(
					'takes every option of its catalogue entry at once, each at its %s',
					async (end) => {
						const options = allOptions(spec, end);
						const gone = await harness.go(provider, asked({ options }), { sources });
						await imageOf(gone);
						const fields = fixture.modelFields(harness.submitted(provider).body);
						const expected = Object.entries(options as Record<string, unknown>).map(
							([name, value]) => {
								const option = spec.options[name as keyof ImageOptions];
								const told =
									option?.values?.[String(value)] ?? (option?.invert ? !value : value);
								return [
									option?.field ?? name,
									fixture.asSent(option?.as === 'text' ? String(told) : told, operation),
								];
							},
						);
						for (const [field, value] of expected)
							expect(fields).toHaveProperty(String(field), value);
						expect(gone.prepared.warnings.filter(({ option }) => option in options)).toEqual([]);
					},
				);

				for (const outputFormat of Object.keys(spec.options.outputFormat?.values ?? {})) {
					it(`makes a true ${outputFormat}`, async () => {
						const { info } = await imageOf(
							await harness.go(provider, asked({ options: { outputFormat } }), { sources }),
						);
						expect(info.mimeType).toBe(types[outputFormat]);
					});
				}

				it.each([
					['auto', { kind: 'auto' }, null],
					['a ratio', { kind: 'aspectRatio', ratio: { w: 3, h: 2 } }, 1.5],
					['the widest ratio', { kind: 'aspectRatio', ratio: { w: 21, h: 9 } }, 21 / 9],
					['the tallest ratio', { kind: 'aspectRatio', ratio: { w: 9, h: 21 } }, 9 / 21],
					['pixels', { kind: 'pixels', width: 1024, height: 1024 }, 1],
					['odd pixels', { kind: 'pixels', width: 1001, height: 703 }, 1001 / 703],
				])(
					'takes %s as its size, and makes that or says what it became',
					async (___, sizing, ratio) => {
						const gone = await harness.go(provider, asked({ sizing }), { sources });
						const { info } = await imageOf(gone);
						if (ratio === null) return;
						const met = Math.abs(Math.log(info.width / info.height / ratio)) < 0.06;
						expect(
							met ||
								gone.prepared.warnings.some(({ option }) =>
									['aspectRatio', 'width'].includes(option),
								),
						).toBe(true);
					},
				);

				it('merges the additional fields last into what the model is given', async () => {
					const seed = spec.options.seed ? { seed: 8 } : {};
					const gone = await harness.go(
						provider,
						asked({ options: { seed: 7 }, additionalFields: { prompt: 'an owl', ...seed } }),
						{ sources },
					);
					await imageOf(gone);
					expect(fixture.modelFields(harness.submitted(provider).body)).toMatchObject({
						prompt: 'an owl',
						...(spec.options.seed && { seed: fixture.asSent(8, operation) }),
					});
					expect(harness.emulator.jobs).toMatchObject([{ prompt: 'an owl', ...seed }]);
				});
			},
		);

		it('reports the finished job and what the provider tells of it', async () => {
			const told: JobRecord[] = [];
			const { outcome } = await goSimply({ onAccepted: (job) => void told.push(job) });
			const [job] = harness.emulator.jobs;
			expect(told).toMatchObject([
				{
					provider: provider.id,
					model: simple.request.model,
					id: job?.id,
					status: atOnce ? 'succeeded' : 'pending',
				},
			]);
			expect(outcome.job).toMatchObject({
				provider: provider.id,
				model: simple.request.model,
				id: job?.id,
				status: 'succeeded',
			});
			expect(outcome.result).toMatchObject({ ok: true, value: { meta: fixture.meta } });
			expect(outcome.polls > 0).toBe(!atOnce);
			expect(outcome.totalMs).toBeGreaterThanOrEqual(80);
			expect(JSON.parse(JSON.stringify(outcome.job))).toEqual(outcome.job);
		});

		it('sends the key with each request to the API, and to no file', async () => {
			const { baseUrl, apiKey } = harness.connection(provider);
			const { outcome } = await goSimply();
			expect(outcome.result.ok).toBe(true);
			const keyed = harness.emulator.requests.filter((request) =>
				JSON.stringify([request.headers, request.path]).includes(apiKey),
			);
			expect(keyed.map((request) => request.provider)).toEqual(
				harness.emulator.requests
					.filter(({ provider: at, stage }) => at !== 'files' && stage !== 'download')
					.map(({ provider: at }) => at),
			);
			expect(JSON.stringify(outcome)).not.toContain(apiKey);
			expect(baseUrl).not.toContain(apiKey);
		});

		it('takes a bad key for what it is', async () => {
			const gone = await goSimply({ apiKey: 'sk-wrong' });
			expect(faultOf(gone)).toMatchObject({ code: 'auth', retryable: false });
			expect(gone.outcome.job).toBeNull();
			expect(harness.emulator.jobs).toEqual([]);
		});

		it('takes a moderated job for what it is', async () => {
			const { moderated } = fixture;
			if (moderated === null) return;
			harness.emulator.inject({ stage: 'job', kind: 'moderate' });
			const gone = await goSimply();
			expect(faultOf(gone)).toMatchObject({ code: 'moderated', ...moderated, retryable: false });
			if (synchronous) expect(gone.outcome.job).toBeNull();
			else
				expect(gone.outcome.job).toMatchObject({
					status: 'failed',
					providerStatus: moderated.providerStatus,
				});
		});

		it("reports a failed job with the provider's own text, in whatever form it comes", async () => {
			for (const form of ['first', 'second']) {
				harness.emulator.inject({ stage: 'job', kind: 'fail' });
				const gone = await goSimply();
				const job = harness.emulator.jobs.at(form === 'first' ? 0 : 1);
				expect(faultOf(gone)?.code).toBe(fixture.failureCode ?? 'failed');
				expect([fixture.failed(job?.failure ?? '')].flat()).toContain(faultOf(gone)?.message);
				if (synchronous) expect(gone.outcome.job).toBeNull();
				else expect(gone.outcome.job).toMatchObject({ id: job?.id, status: 'failed' });
			}
		});

		it('cancels a job that nobody waits for any more, or says that it cannot', async () => {
			harness.emulator.inject({ stage: 'job', kind: 'never' });
			// Some cancel a job in the queue only; on a busy machine it would have left it by then.
			harness.emulator.timing.queueMs = 20_000;
			const stop = new AbortController();
			const going = goSimply({ signal: stop.signal, onAccepted: () => stop.abort() });
			if (synchronous) {
				await harness.untilBilled();
				stop.abort();
				expect(faultOf(await going)).toMatchObject({
					code: 'cancelled',
					message: expect.stringContaining('while') as unknown,
				});
				return;
			}
			const gone = await going;
			expect(faultOf(gone)?.code).toBe('cancelled');
			expect(faultOf(gone)?.description).toContain(
				provider.buildCancel ? 'It was cancelled at the provider.' : 'has no way to cancel a job',
			);
			expect(harness.emulator.jobs).toMatchObject([
				{ state: provider.buildCancel ? 'cancelled' : 'queued' },
			]);
		});

		it('pays once for an answer that is lost, and says that it may have been accepted', async () => {
			harness.emulator.inject({ stage: 'submit', kind: 'lostAnswer' });
			expect(faultOf(await goSimply())).toMatchObject({
				code: 'unavailable',
				message: expect.stringContaining('may have accepted') as unknown,
				retryable: false,
			});
			expect(harness.emulator.jobs).toHaveLength(1);
		});

		it('rides out trouble on the way to a paid image', async () => {
			harness.emulator.inject({ stage: 'status', kind: 'unknownStatus' });
			harness.emulator.inject({ stage: 'status', kind: 'status', status: 503 });
			harness.emulator.inject({ stage: 'download', kind: 'truncate' });
			await imageOf(await goSimply());
			expect(harness.emulator.jobs).toHaveLength(1);
		});
	});
}
