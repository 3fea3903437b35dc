import { z } from 'zod';

import type { JobProvider } from '../../core/provider';
import { handleReader, jobIdSchema } from '../shared/handles';
import { lazy } from '../shared/schema';
import { name, parseError } from './errors';
import { models } from './models';
import { buildStatus, buildSubmit } from './request';
import { parseStatus, parseSubmit } from './response';
import { statuses } from './state';

// Sources: doc.vtrix.ai (Kontext pro and max), docs.vtrix.ai (model API) and VtrixAI/vtrix-cli. Facts marked
// SeaCloud come from SeaCloudAI/seacloud-cli, the client of a sibling service on the same platform; they are
// inferred for Vtrix.

const handleSchema = lazy(() => z.object({ id: jobIdSchema() }));

/** Vtrix: an API with jobs that are polled. */
export const vtrix: JobProvider = {
	kind: 'job',
	id: 'vtrix',
	displayName: name,
	credential: 'fluxKontextVtrixApi',
	defaultBaseUrl: 'https://cloud.vtrix.ai/model',
	trustedHosts: [],
	models,
	statuses,
	// As its own command-line tool polls.
	polling: { firstDelayMs: 5_000, intervalMs: 5_000, shortestMs: 5_000, maxIntervalMs: 5_000 },
	submit: { build: buildSubmit, parse: parseSubmit },
	status: { build: buildStatus, parse: parseStatus, embedsImages: true },
	readHandle: handleReader(handleSchema),
	parseError,
	notes: {
		sources: [
			'https://doc.vtrix.ai/docs/api/blackforestlabs/flux-kontext-pro',
			'https://doc.vtrix.ai/docs/api/blackforestlabs/flux-kontext-max',
			'https://docs.vtrix.ai/api-reference/models/model_api_documentation_gitbook',
			'https://github.com/VtrixAI/vtrix-cli',
		],
		links: 'not documented',
		unverified: [
			'that base64 images are sent bare, without a data: prefix',
			'that text to image is requested by leaving out the input image',
			'how a moderated image is reported, and when 403 means an empty balance (both recognised by ' +
				'the wording here)',
			'the wrapped responses and the codes 40201 to 40208 (those of SeaCloud, a sibling service)',
			'the price of an image (each response states it)',
			'that the credential test, which requests the state of a task that does not exist, rejects an ' +
				'invalid key: no request that checks a key is documented',
		],
	},
};
