import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { FluxKontextTheRouterApi } from '../../credentials/FluxKontextTheRouterApi.credentials';
import { providers } from '../../index';
import { credentialsOf } from '../../nodes/FluxKontext/description/credentials';
import { propertiesOf } from '../../nodes/FluxKontext/description/properties';
import { subtitleOf } from '../../nodes/FluxKontext/description/subtitle';
import { providerIndex } from '../../tools/docs/providerIndex';
import { providerPage } from '../../tools/docs/providerPage';
import { fixtures } from '../fixtures';
import { useContractFixture } from './contractFixture';
import { madeUp } from './madeUp';
import { recordContractOf } from './records';
import { contractOf } from './suite';

/** Registry with one more provider. */
const registry = [...providers, madeUp];

describe('a provider that is added to the registry', () => {
	const panel = propertiesOf(registry);
	const property = (name: string) => panel.filter((candidate) => candidate.name === name);

	it('appears in the panel with its operations, models, input images and options', () => {
		const choices = property('provider').flatMap(({ options = [] }) => options as INodePropertyOptions[]);
		expect(choices).toContainEqual({ name: 'Made Up', value: 'madeUp' });
		const isShown = (name: string) =>
			property(name).some(({ displayOptions }) =>
				displayOptions?.show?.['provider']?.includes('madeUp'),
			);
		expect(['operation', 'model', 'inputImages'].filter((name) => !isShown(name))).toEqual([]);
		const options = property('options').flatMap(
			(collection) => (collection.options ?? []) as INodeProperties[],
		);
		const supported = options.filter(({ displayOptions }) =>
			displayOptions?.show?.['/provider']?.includes('madeUp'),
		);
		expect(supported.map(({ name }) => name)).toEqual(['resolution', 'seed']);
		expect(subtitleOf(registry)).toContain('madeUp: "Made Up"');
	});

	it('appears with its credential', () => {
		expect(credentialsOf(registry).at(-1)).toMatchObject({
			name: madeUp.credential,
			displayOptions: { show: { provider: [{ _cnd: { eq: 'madeUp' } }] } },
		});
	});

	it('appears in the documentation', () => {
		expect(providerIndex(registry).join('\n')).toContain('| [Made Up](providers/madeUp.md) |');
		expect(providerIndex(providers).join('\n')).not.toContain('Made Up');
		expect(providerPage(madeUp, new FluxKontextTheRouterApi())).toContain(
			'Any other model can be used by its ID. In expressions, the value of this provider is `madeUp`.',
		);
	});
});

const harness = useContractFixture();
harness.connection = () => harness.emulator.providers.theRouter;
const { theRouter: fixture } = fixtures;
if (fixture) contractOf(harness, [madeUp], { madeUp: fixture });
recordContractOf(harness, [madeUp]);
