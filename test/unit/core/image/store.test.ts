import { defaultLimits } from '../../../../nodes/FluxKontext/core/base/limits';
import type { StoreImage } from '../../../../nodes/FluxKontext/core/image/openImage';
import { noise } from '../../../../tools/support/images';
import { bytes } from '../../../support/scriptedServer';
import { START, storeInMemory, useEngineFixture } from '../engineFixture';
import { digest, downloadFrom, storeDigest, storeEmbedded } from './downloads';

const fixture = useEngineFixture();
let picture: Uint8Array;
beforeAll(async () => {
	picture = new Uint8Array(await noise({ width: 300, height: 200 }).png().toBuffer());
});

const fullDisk = new Error('EMFILE: too many open files');
const failing: Record<string, StoreImage<never>> = {
	'at once': async () => await Promise.reject(fullDisk),
	'in the middle': async ({ chunks }) => {
		await chunks[Symbol.asyncIterator]().next();
		throw fullDisk;
	},
	'at the end': async (image) => {
		await storeInMemory(image);
		throw fullDisk;
	},
};

/** Fails `times` times, then stores. */
const failingFirst = (store: StoreImage<never>, times: number): StoreImage<string> => {
	let remaining = times;
	return async (image) => {
		remaining -= 1;
		return remaining < 0 ? await storeDigest(image) : await store(image);
	};
};
const hanging: StoreImage<never> = async ({ chunks }) => {
	const iterator = chunks[Symbol.asyncIterator]();
	while (!(await iterator.next()).done) continue;
	return await new Promise<never>(() => undefined);
};

const seconds = () => (fixture.ports.now() - START) / 1000;
const base64 = () => Buffer.from(picture).toString('base64');

describe.each<[string, <T>(store: StoreImage<T>, isKept?: boolean) => ReturnType<typeof storeEmbedded<T>>]>([
	[
		'an image behind a link',
		async (store) => await downloadFrom(fixture, `${fixture.files.origin}/a.png`, store),
	],
	[
		'an image inside a response',
		async (store, isKept) => await storeEmbedded(fixture, base64(), store, isKept),
	],
])('%s', (_, deliver) => {
	beforeEach(() => fixture.files.on('GET', /^\/a\.png/, bytes(picture)));

	it.each(Object.entries(failing))('survives a store that fails %s', async (_, store) => {
		const result = await deliver(failingFirst(store, defaultLimits.maxStoreAttempts - 1));
		expect(result).toMatchObject({
			ok: true,
			value: { bytes: picture.length, value: digest(picture) },
		});
	});

	it('survives a store that hangs once', async () => {
		expect(await deliver(failingFirst(hanging, 1))).toMatchObject({
			ok: true,
			value: { value: digest(picture) },
		});
		expect(seconds()).toBeGreaterThanOrEqual(defaultLimits.storeTimeoutMs / 1000);
	});

	it('is given up when the store fails again and again, with the reason and what to do', async () => {
		const store = jest.fn(failing['at the end']);
		expect(await deliver(store as StoreImage<never>)).toEqual({
			ok: false,
			fault: {
				code: 'failed',
				message: 'The image of Acme could not be stored: EMFILE: too many open files',
				description:
					"Check the space and the settings of n8n's binary data storage, then fetch the image with " +
					'Job → Wait; the job is in the details.',
				httpStatus: null,
				providerStatus: null,
				retryable: true,
			},
		});
		expect(store).toHaveBeenCalledTimes(defaultLimits.maxStoreAttempts);
	});

	it('is given up when a store hangs for ever', async () => {
		expect(await deliver(hanging)).toMatchObject({
			ok: false,
			fault: {
				code: 'failed',
				message: 'The image of Acme could not be stored: it was not stored in time',
			},
		});
	});

	it('ends at once when the run is stopped while the store hangs', async () => {
		const delivering = deliver(async (image) => {
			fixture.stop.abort();
			return await hanging(image);
		});
		expect(await delivering).toMatchObject({ ok: false, fault: { code: 'cancelled' } });
		expect(seconds()).toBeLessThan(1);
	});
});

it('an image that nobody keeps is reported as lost, and as not retryable', async () => {
	const result = await storeEmbedded(fixture, base64(), failing['at once'] as StoreImage<never>, false);
	expect(result).toMatchObject({
		ok: false,
		fault: {
			code: 'failed',
			retryable: false,
			description:
				"Check the space and the settings of n8n's binary data storage. The image came inside the " +
				'response and is lost: running the item again makes, and charges, a new one.',
		},
	});
});
