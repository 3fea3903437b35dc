import { STATUS_CODES } from 'node:http';

import type { Provider } from '../../../nodes/FluxKontext/core/provider';
import type { ModelSpec } from '../../../nodes/FluxKontext/core/request/model';
import { defaultModel } from '../../../nodes/FluxKontext/core/request/plan';
import { providers } from '../../../nodes/FluxKontext/providers';
import type { ProviderId } from '../../../tools/emulator';
import * as emulated from '../../../tools/emulator/providers';
import * as credential from './credential';
import { useEditor } from './editor';
import * as nodeCreator from './nodeCreator';
import * as panel from './panel';
import { operationNames, expectedOptions } from './registryOptions';
import { screenshot } from './screenshot';

const editor = useEditor();

beforeAll(async () => {
	await editor.open();
	await nodeCreator.add(editor.page, 'Generate an image');
});

const SUCCESS = ['Connection tested successfully'];

/** Finds a model whose options for an edit differ from those of the default model. */
function modelWithOtherOptions(provider: Provider): ModelSpec | undefined {
	const defaults = expectedOptions(defaultModel(provider, 'edit'), 'edit').join();
	return provider.models.find(
		(model) => model.operations.edit && expectedOptions(model, 'edit').join() !== defaults,
	);
}

describe.each(providers)('$displayName', (provider) => {
	const id = provider.id as ProviderId;
	const { auth } = emulated[id];
	const operations = (['generate', 'edit'] as const).filter((operation) =>
		defaultModel(provider, operation),
	);

	beforeAll(async () => await panel.choose(editor.page, 'provider', provider.displayName));

	it('reports that a wrong key is rejected and that the right one works, at no cost', async () => {
		const { page, fixture } = editor;
		const { baseUrl, apiKey } = fixture.emulator.providers[id];
		await credential.create(page);
		await credential.fill(page, { apiKey: `${apiKey}0` });
		if (id === 'blackForestLabs') await screenshot(page, 'credential');
		await credential.fill(page, { baseUrl });
		await credential.save(page);
		expect(await credential.testMessage(page)).toEqual([
			'Couldn’t connect with these settings',
			STATUS_CODES[auth.status],
		]);
		await credential.fill(page, { apiKey });
		await credential.save(page);
		await credential.waitForClose(page);
		await credential.reopen(page);
		expect(await credential.testMessage(page)).toEqual(SUCCESS);
		await credential.close(page);
		expect(fixture.emulator.requests.at(-1)).toMatchObject({
			provider: id,
			headers: { [auth.header]: `${auth.scheme}${apiKey}` },
		});
		expect(fixture.emulator.jobs).toEqual([]);
	});

	if (auth.optional) {
		it('works without a key', async () => {
			const { page, fixture } = editor;
			await credential.reopen(page);
			await credential.fill(page, { apiKey: '' });
			await credential.save(page);
			await credential.close(page);
			await credential.reopen(page);
			expect(await credential.testMessage(page)).toEqual(SUCCESS);
			await credential.close(page);
			expect(fixture.emulator.requests.at(-1)?.headers).not.toHaveProperty(auth.header);
		});
	}

	it.each(operations)('offers exactly the options of its model for %s', async (operation) => {
		const { page } = editor;
		if (operations.length > 1) await panel.choose(page, 'operation', operationNames[operation]);
		const model = defaultModel(provider, operation);
		expect(await panel.fieldText(page, 'model')).toBe(model?.displayName);
		expect(await panel.availableOptions(page)).toEqual(expectedOptions(model, operation));
	});

	const other = modelWithOtherOptions(provider);
	if (other) {
		it(`offers exactly the options of ${other.displayName} once it is chosen`, async () => {
			const { page } = editor;
			await panel.chooseModel(page, other.displayName);
			expect(await panel.availableOptions(page)).toEqual(expectedOptions(other, 'edit'));
		});
	}
});
