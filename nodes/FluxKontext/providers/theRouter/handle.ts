import { z } from 'zod';

import type { Handle } from '../../core/job/snapshot';
import { handleReader, jobIdSchema } from '../shared/handles';
import { lazy } from '../shared/schema';

const handleSchema = lazy(() => z.object({ id: jobIdSchema() }));

/** Validates the handle of a job, which holds its id alone. */
export const readHandle = handleReader<Handle>(handleSchema);
