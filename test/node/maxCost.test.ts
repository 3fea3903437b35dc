import type { INodeParameters } from 'n8n-workflow';

import { useNodeFixture } from './nodeFixture';

const fixture = useNodeFixture();

const threeImages = (maxCost: number): INodeParameters => ({
	provider: 'lumenfall',
	operation: 'generate',
	prompt: 'a fox',
	options: { numberOfImages: 3, maxCost },
});
const priceRequests = () => fixture.emulator.requests.filter(({ path }) => path.includes('dryRun=true'));

describe('Max Cost at a provider that reports prices', () => {
	it('requests the price and submits nothing if it is too high', async () => {
		const run = await fixture.run(threeImages(0.05), { onError: 'continueRegularOutput' });
		expect(run.items[0]?.json).toMatchObject({
			error:
				"The images of this run would cost about 0.075 USD, but 'Max Cost' is 0.05 USD; " +
				'nothing was submitted [Item 0]',
			details: { code: 'costLimit', job: null },
		});
		expect(priceRequests()).toHaveLength(1);
		expect(fixture.emulator.requests).toHaveLength(1);
		expect(fixture.emulator.jobs).toEqual([]);
	});

	it('makes the images if it is not, and shows the share of the cost in each item', async () => {
		const run = await fixture.run(threeImages(0.08));
		expect(priceRequests()).toHaveLength(1);
		expect(fixture.emulator.jobs).toHaveLength(1);
		expect(run.items.map(({ json }) => json['usage'])).toMatchObject(
			[0, 1, 2].map(() => ({
				cost: expect.closeTo(0.025) as unknown,
				currency: 'USD',
				costSource: 'reported',
			})),
		);
	});

	it('submits nothing if the price cannot be determined', async () => {
		fixture.emulator.inject({ stage: 'submit', kind: 'status', status: 503 });
		fixture.emulator.inject({ stage: 'other', kind: 'status', status: 503 });
		const run = await fixture.run(threeImages(1), { onError: 'continueRegularOutput' });
		expect(run.items[0]?.json).toMatchObject({
			details: { code: expect.stringMatching(/^(unavailable|failed)$/) as unknown, job: null },
		});
		expect(fixture.emulator.jobs).toEqual([]);
	});
});
