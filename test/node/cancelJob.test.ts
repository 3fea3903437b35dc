import { isJobProvider } from '../../nodes/FluxKontext/core/provider';
import { providers } from '../../nodes/FluxKontext/providers';
import { imageBy, only, smallImage, useJobFixture } from './jobFixture';

const { fixture, submit, runJobOperation, untilDone, onlyJob, expectImage } = useJobFixture();

describe('the operation Cancel', () => {
	it.each(providers.filter(isJobProvider).filter(({ cancel }) => cancel))(
		'cancels a queued job at $displayName',
		async (provider) => {
			fixture.emulator.timing.queueMs = 5_000;
			const { json } = await submit(imageBy(fixture, provider));
			const run = await runJobOperation('cancel', provider.id, json);
			expect(run.items).toStrictEqual([
				{
					json: {
						job: json['job'],
						cancelled: true,
						message: `${provider.displayName} took the cancellation`,
					},
					pairedItem: { item: 0 },
				},
			]);
			expect(onlyJob().state).toBe('cancelled');
		},
	);

	it.each(providers.filter(isJobProvider).filter(({ cancel }) => cancel))(
		'reports that a job of $displayName had already ended',
		async (provider) => {
			const { json } = await submit(imageBy(fixture, provider));
			await untilDone();
			const run = await runJobOperation('cancel', provider.id, json);
			expect(only(run.items).json).toMatchObject({
				cancelled: false,
				message: expect.stringMatching(/had ended the job before, as |ALREADY_COMPLETED/) as unknown,
			});
			await expectImage(await runJobOperation('get', provider.id, json));
		},
	);

	it('reports that a provider cannot cancel jobs', async () => {
		const { json } = await submit(smallImage);
		const run = await runJobOperation('cancel', 'theRouter', json);
		expect(only(run.items).json).toStrictEqual({
			job: json['job'],
			cancelled: false,
			message: 'TheRouter has no way to cancel a job',
		});
		expect(fixture.sent('cancel')).toEqual([]);
	});
});
