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

/** Every provider the node knows; panel, credentials, checks and docs follow from this list. */
export const providers: readonly Provider[] = [
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
];

export function providerById(id: unknown): Provider | null {
	return providers.find((provider) => provider.id === id) ?? null;
}
