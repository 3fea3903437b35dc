import { z } from 'zod';

import type { Handle } from '../../core/job/snapshot';
import { handleReader, jobIdSchema } from '../shared/handles';
import { lazy } from '../shared/schema';

/** Handle of a job at Runpod. */
export interface RunpodHandle extends Handle {
	/** Public endpoint of the model; it is part of every URL of the job. */
	endpoint: string;
}

/** Name of an endpoint: one segment of a path, without characters that a server may read as more than one. */
const ENDPOINT = /^\w[\w.-]*$/;

const handleSchema = lazy(() =>
	z.object({ id: jobIdSchema(), endpoint: z.string().max(500).regex(ENDPOINT) }),
);

/** Validates a handle from outside. */
export const readHandle = handleReader(handleSchema);
