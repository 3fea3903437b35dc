import type { ProviderId } from '../types';
import { blackForestLabs } from './blackForestLabs';
import type { CreateClient } from './client';
import { fal } from './fal';
import { openAi } from './openAi';
import { replicate } from './replicate';
import { runpod } from './runpod';
import { together } from './together';

/** The official client of each provider that has one. */
export const clients: Partial<Record<ProviderId, CreateClient>> = {
	blackForestLabs,
	fal,
	lumenfall: openAi('/openai/v1', 'flux.1-kontext-dev'),
	openAiCompatible: openAi('', 'flux.1-kontext-dev'),
	replicate,
	runpod,
	together,
};
