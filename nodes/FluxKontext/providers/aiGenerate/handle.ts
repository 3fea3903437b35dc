import { z } from 'zod';

import type { Handle } from '../../core/job/snapshot';
import { handleReader, jobIdSchema } from '../shared/handles';
import { lazy } from '../shared/schema';

/** API that a job belongs to: `kontext` for FLUX.1 Kontext, `jobs` for every other model. */
export type ApiPath = 'kontext' | 'jobs';

/** Returns the API that accepts jobs of a model. */
export const pathFor = (model: string): ApiPath => (model.startsWith('flux-kontext-') ? 'kontext' : 'jobs');

/** Handle of a job at AI Generate. */
export interface AiGenerateHandle extends Handle {
	/** API whose status endpoint is polled next. */
	path: ApiPath;
	/** Consecutive status requests that did not find the job. */
	misses: number;
	/** Credits charged according to the response to the submit; `null` where it did not say. */
	credits: number | null;
}

const handleSchema = lazy(() =>
	z.object({
		id: jobIdSchema(),
		path: z.enum(['kontext', 'jobs']),
		misses: z.number().int().min(0),
		credits: z.number().nullable(),
	}),
);

/** Creates the handle of a job. `credits` are those charged; `null` where that is not known. */
export const createHandle = (id: string, model: string, credits: number | null = null): AiGenerateHandle => ({
	id,
	path: pathFor(model),
	misses: 0,
	credits,
});

/** Validates a handle from outside. */
export const readHandle = handleReader(handleSchema);
