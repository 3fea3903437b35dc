import { z } from 'zod';

import type { Handle } from '../../core/job/snapshot';
import { handleReader, jobIdSchema } from '../shared/handles';
import { lazy } from '../shared/schema';

/** Handle of a prediction. URLs are `null` where the response gave none of Replicate's own. */
export interface ReplicateHandle extends Handle {
	getUrl: string | null;
	cancelUrl: string | null;
}

const handleSchema = lazy(() =>
	z.object({ id: jobIdSchema(), getUrl: z.string().nullable(), cancelUrl: z.string().nullable() }),
);

/** Validates a handle from outside. */
export const readHandle = handleReader(handleSchema);
