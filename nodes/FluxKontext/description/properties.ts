import type { INodeProperties } from 'n8n-workflow';

import type { Provider } from '../core/provider';
import { completionProperties } from './completion';
import { inputImageProperties } from './inputImages';
import { jobProperties } from './job';
import { modelProperties } from './models';
import { operationProperties } from './operations';
import { optionsProperty } from './options';
import { promptProperties } from './prompt';
import { providerProperty } from './provider';
import { resourceProperty } from './resource';
import { sizingProperties } from './sizing';

/** Builds the node's panel from the registry: what a provider does not support is not shown for it. */
export const propertiesOf = (providers: readonly Provider[]): INodeProperties[] => [
	providerProperty(providers, 'API provider to use. Each provider has its own credential type.'),
	resourceProperty,
	...operationProperties(providers),
	...modelProperties(providers),
	...promptProperties,
	...inputImageProperties(providers),
	...sizingProperties,
	...completionProperties(providers),
	...jobProperties,
	optionsProperty(providers),
];
