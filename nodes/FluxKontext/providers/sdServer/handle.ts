import { z } from 'zod';

import type { Handle } from '../../core/job/snapshot';
import { handleReader, jobIdSchema } from '../shared/handles';
import { lazy } from '../shared/schema';

/** Handle of a job at an sd-server. */
export interface SdServerHandle extends Handle {
	/** Path that the server gave for status requests; `null` where it gave none. */
	pollUrl: string | null;
}

const handleSchema = lazy(() => z.object({ id: jobIdSchema(), pollUrl: z.string().nullable() }));

/** Validates a handle. Where `pollUrl` leads is checked when a status request is built. */
export const readHandle = handleReader<SdServerHandle>(handleSchema);
