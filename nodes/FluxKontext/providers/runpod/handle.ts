import { z } from 'zod';

import type { Handle } from '../../core/job/snapshot';
import { handleReader, jobIdSchema } from '../shared/handles';
import { lazy } from '../shared/schema';

/** Handle of a job at Runpod. */
export interface RunpodHandle extends Handle {
	/** Public endpoint of the model; it is part of every URL of the job. */
	endpoint: string;
}

const handleSchema = lazy(() => z.object({ id: jobIdSchema(), endpoint: jobIdSchema() }));

/** Validates a handle from outside. */
export const readHandle = handleReader(handleSchema);
