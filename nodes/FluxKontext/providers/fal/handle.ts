import { z } from 'zod';

import type { Handle } from '../../core/job/snapshot';
import { handleReader, jobIdSchema } from '../shared/handles';
import { lazy } from '../shared/schema';
import { ENDPOINT, endpoints } from './endpoints';

/** Handle of a job in fal's queue. */
export interface FalHandle extends Handle {
	/** Endpoint of the submit; the addresses of the job are built from it where the response gave none. */
	endpoint: string;
	/** Address for status requests from the response to the submit; `null` where it gave none. */
	statusUrl: string | null;
	/** Address of the result from the response to the submit; `null` where it gave none. */
	responseUrl: string | null;
	/** Address for cancel requests from the response to the submit; `null` where it gave none. */
	cancelUrl: string | null;
	/**
	 * Milliseconds of work; `null` until it is known. Kept, because the status response reports it and the
	 * result does not.
	 */
	runMs: number | null;
}

const handleSchema = lazy(() =>
	z.object({
		id: jobIdSchema(),
		endpoint: z.string().regex(ENDPOINT),
		statusUrl: z.string().nullable(),
		responseUrl: z.string().nullable(),
		cancelUrl: z.string().nullable(),
		runMs: z.number().nullable(),
	}),
);

/** Validates the handle of a job. */
export const readHandle = handleReader<FalHandle>(handleSchema);

/** Creates the handle of a job from its id and model alone; its addresses are built from the endpoint. */
export const createHandle = (id: string, model: string): FalHandle => ({
	id,
	endpoint: (Object.hasOwn(endpoints, model) && endpoints[model]) || model,
	statusUrl: null,
	responseUrl: null,
	cancelUrl: null,
	runMs: null,
});
