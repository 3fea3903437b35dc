import { z } from 'zod';

import { faultFromHttp } from '../../core/http/errors';
import type { JobProvider } from '../../core/provider';
import { handleReader, jobIdSchema } from '../shared/handles';
import { lazy } from '../shared/schema';
import { models, name } from './models';
import { buildStatus, buildSubmit } from './request';
import { parseStatus, parseSubmit, statuses } from './response';

// Sources: name the documents and the official clients that this folder is written from.

/** Everything that another execution needs to find the job; never a key. */
const handleSchema = lazy(() => z.object({ id: jobIdSchema() }));

/** Made Up: an API with jobs that are polled. */
export const madeUp: JobProvider = {
	kind: 'job',
	id: 'madeUp',
	displayName: name,
	credential: 'fluxKontextMadeUpApi',
	defaultBaseUrl: 'https://api.made-up.example/v1',
	trustedHosts: [],
	models,
	statuses,
	polling: { firstDelayMs: 1_000, intervalMs: 1_000, shortestMs: 1_000, maxIntervalMs: 10_000 },
	submit: { build: buildSubmit, parse: parseSubmit },
	status: { build: buildStatus, parse: parseStatus },
	readHandle: handleReader(handleSchema),
	parseError: (response) => faultFromHttp(name, response),
	notes: {
		sources: ['https://docs.made-up.example/images'],
		links: '1 hour',
		unverified: ['everything: no documentation was read yet'],
	},
};
