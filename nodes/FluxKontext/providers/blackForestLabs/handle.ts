import { z } from 'zod';

import type { Handle } from '../../core/job/snapshot';
import { handleReader, jobIdSchema } from '../shared/handles';
import { lazy } from '../shared/schema';

/** Handle of a job at Black Forest Labs. */
export interface BlackForestLabsHandle extends Handle {
	/**
	 * URL to poll, on the host of the region that runs the job; `null` where the response gave none that may
	 * receive the key.
	 */
	pollingUrl: string | null;
	/** Price as the response to the submit gave it; 1 credit is 0.01 USD. */
	credits: number | null;
}

const handleSchema = lazy(() =>
	z.object({ id: jobIdSchema(), pollingUrl: z.string().nullable(), credits: z.number().nullable() }),
);

/** Validates a handle from outside. */
export const readHandle = handleReader(handleSchema);
