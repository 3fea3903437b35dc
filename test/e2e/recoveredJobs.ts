import type { EmulatedJob, Emulator, ProviderId } from '../../tools/emulator';

/** Creates the handles of jobs of which only what the provider's list of jobs shows is known. */
const handles: Partial<Record<ProviderId, (id: string, model: string) => object>> = {
	blackForestLabs: (id) => ({ id, pollingUrl: null, credits: null }),
	replicate: (id) => ({ id, getUrl: null, cancelUrl: null }),
	runpod: (id, endpoint) => ({ id, endpoint }),
	fal: (id, endpoint) => ({
		id,
		endpoint,
		statusUrl: null,
		responseUrl: null,
		cancelUrl: null,
		runMs: null,
	}),
	aiGenerate: (id) => ({ id, path: 'kontext', misses: 0, credits: null }),
};

/** Reconstructs the job record of a lost execution from the provider's list of jobs. */
export const recoveredRecord = ({ provider, id, model, acceptedAt }: EmulatedJob) => ({
	provider,
	model,
	id,
	submittedAt: new Date(acceptedAt).toISOString(),
	handle: handles[provider]?.(id, model),
});

/** Creates a workflow that waits for the jobs whose records are the items of the request body. */
export const finishJobs = (provider: string) => ({
	name: `${provider}-finish`,
	parameters: { resource: 'job', operation: 'wait', provider, job: '={{ $json.job }}' },
	items: 'jobs',
	respond: 'items' as const,
});

/** Creates the request body of a `finishJobs` workflow. */
export const finishBody = (jobs: readonly EmulatedJob[]) => ({
	jobs: jobs.map((job) => ({ job: recoveredRecord(job) })),
});

/** Counts an emulator's jobs, each of which is billed, by their prompts. */
export const billedJobs = ({ jobs }: Pick<Emulator, 'jobs'>): Record<string, number> => {
	const counts: Record<string, number> = {};
	for (const { prompt } of jobs) counts[prompt] = (counts[prompt] ?? 0) + 1;
	return counts;
};
