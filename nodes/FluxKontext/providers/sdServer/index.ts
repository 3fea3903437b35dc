import type { JobProvider } from '../../core/provider';
import { name, parseError } from './errors';
import { readHandle, type SdServerHandle } from './handle';
import { models } from './models';
import { buildCancel, buildStatus, buildSubmit } from './request';
import { statusInBody } from '../shared/responses';
import { parseStatus, parseSubmit, statuses } from './response';

/**
 * The server of stable-diffusion.cpp, with a queue of jobs of its own.
 *
 * Source: leejet/stable-diffusion.cpp, examples/server (api.md, routes_sdcpp.cpp, async_jobs.cpp) and
 * docs/kontext.md.
 */
export const sdServer: JobProvider<SdServerHandle> = {
	kind: 'job',
	id: 'sdServer',
	displayName: name,
	credential: 'fluxKontextSdServerApi',
	defaultBaseUrl: 'http://127.0.0.1:1234',
	isSelfHosted: true,
	trustedHosts: [],
	models,
	statuses,
	polling: { firstDelayMs: 500, intervalMs: 500, shortestMs: 300, maxIntervalMs: 5_000 },
	// `max_queue_size`: more are refused as "job queue is full".
	maxActiveJobs: { perKey: 64 },
	submit: { build: buildSubmit, parse: parseSubmit },
	status: { build: buildStatus, parse: parseStatus, embedsImages: true },
	cancel: { build: buildCancel, parse: statusInBody },
	readHandle,
	parseError,
	notes: {
		sources: [
			'https://github.com/leejet/stable-diffusion.cpp ' +
				'(examples/server/api.md, examples/server/routes_sdcpp.cpp)',
			'https://github.com/leejet/stable-diffusion.cpp (docs/kontext.md)',
		],
		links: 'none: the status response holds the image; the server keeps it for 10 minutes',
		unverified: [
			'that Kontext accepts ref_images through the server (its documentation shows the command line)',
			'that Kontext needs a text guidance of 1.0: start the server with --cfg-scale 1.0, or set ' +
				'sample_params.guidance.txt_cfg as an additional field',
			'that a server built without WebP neither reads nor writes it',
			'which size is used for a prompt when none is requested (that of the command line, or 512x512)',
			'that a job can only be cancelled while it is queued',
		],
	},
};
