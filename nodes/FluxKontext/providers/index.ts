import { deepFreeze } from '../core/base/deepFreeze';
import type { Provider } from '../core/provider';
import { aiGenerate } from './aiGenerate';
import { blackForestLabs } from './blackForestLabs';
import { fal } from './fal';
import { lumenfall } from './lumenfall';
import { openAiCompatible } from './openAiCompatible';
import { replicate } from './replicate';
import { runpod } from './runpod';
import { sdServer } from './sdServer';
import { siliconFlow } from './siliconFlow';
import { theRouter } from './theRouter';
import { together } from './together';
import { vtrix } from './vtrix';

/** Registry of providers, frozen. Panel, credentials, checks and docs follow from it. */
export const providers: readonly Provider[] = deepFreeze([
	aiGenerate,
	blackForestLabs,
	fal,
	lumenfall,
	openAiCompatible,
	replicate,
	runpod,
	sdServer,
	siliconFlow,
	theRouter,
	together,
	vtrix,
]);

/** Returns the provider with this id; `null` where there is none. */
export function providerById(id: unknown): Provider | null {
	return providers.find((provider) => provider.id === id) ?? null;
}
