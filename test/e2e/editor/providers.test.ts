import { STATUS_CODES } from 'node:http';

import { defaultModel } from '../../../nodes/FluxKontext/core/request/prepare';
import type { ModelSpec, Provider } from '../../../nodes/FluxKontext/core/provider';
import { providers } from '../../../nodes/FluxKontext/providers';
import type { ProviderId } from '../../../tools/emulator';
import * as emulated from '../../../tools/emulator/providers';
import * as credential from './credential';
import { useEditor } from './editor';
import * as nodeCreator from './nodeCreator';
import { operationNames, optionsOf } from './offer';
import * as panel from './panel';
import { picture } from './picture';

const editor = useEditor();

beforeAll(async () => {
	await editor.open();
	await nodeCreator.add(editor.page, 'Generate an image');
});

const WORKS = ['Connection tested successfully'];

/** One that takes other options for an edit than the default model. */
function otherModel(provider: Provider): ModelSpec | undefined {
	const usual = optionsOf(defaultModel(provider, 'edit'), 'edit').join();
	return provider.models.find(
		(model) => model.operations.edit && optionsOf(model, 'edit').join() !== usual,
	);
}

describe.each(providers)('$displayName', (provider) => {
	const id = provider.id as ProviderId;
	const { auth } = emulated[id];
	const operations = (['generate', 'edit'] as const).filter((operation) =>
		defaultModel(provider, operation),
	);

	beforeAll(async () => await panel.choose(editor.page, 'provider', provider.displayName));

	it('says that a wrong key is refused and that the right one works, at no cost', async () => {
		const { page, fixture } = editor;
		const { baseUrl, apiKey } = fixture.emulator.providers[id];
		await credential.create(page);
		await credential.fill(page, { apiKey: `${apiKey}0` });
		if (id === 'blackForestLabs') await picture(page, 'credential');
		await credential.fill(page, { baseUrl });
		await credential.save(page);
		expect(await credential.verdict(page)).toEqual([
			'Couldn’t connect with these settings',
			STATUS_CODES[auth.status],
		]);
		await credential.fill(page, { apiKey });
		await credential.save(page);
		await credential.closed(page);
		await credential.reopen(page);
		expect(await credential.verdict(page)).toEqual(WORKS);
		await credential.close(page);
		expect(fixture.emulator.requests.at(-1)).toMatchObject({
			provider: id,
			headers: { [auth.header]: `${auth.scheme}${apiKey}` },
		});
		expect(fixture.emulator.jobs).toEqual([]);
	});

	if (auth.optional) {
		it('needs no key', async () => {
			const { page, fixture } = editor;
			await credential.reopen(page);
			await credential.fill(page, { apiKey: '' });
			await credential.save(page);
			await credential.close(page);
			await credential.reopen(page);
			expect(await credential.verdict(page)).toEqual(WORKS);
			await credential.close(page);
			expect(fixture.emulator.requests.at(-1)?.headers).not.toHaveProperty(auth.header);
		});
	}

	it.each(operations)('has exactly the options of its model for %s', async (operation) => {
		const { page } = editor;
		if (operations.length > 1) await panel.choose(page, 'operation', operationNames[operation]);
		const model = defaultModel(provider, operation);
		expect(await panel.shown(page, 'model')).toBe(model?.displayName);
		expect(await panel.offeredOptions(page)).toEqual(optionsOf(model, operation));
	});

	const other = otherModel(provider);
	if (other) {
		it(`has exactly the options of ${other.displayName}, once that is chosen`, async () => {
			const { page } = editor;
			await panel.chooseModel(page, other.displayName);
			expect(await panel.offeredOptions(page)).toEqual(optionsOf(other, 'edit'));
		});
	}
});
