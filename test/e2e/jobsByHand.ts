import { setTimeout as sleep } from 'node:timers/promises';

import type { EmulatedJob, Emulator, ProviderId } from '../../tools/emulator';

/** How each provider's handle is written by who has nothing but what the provider's own list of jobs shows. */
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

/** A job as `job: wait` takes it, of a run that is lost with all that it knew. */
export const jobByHand = ({ provider, id, model, acceptedAt }: EmulatedJob) => ({
	provider,
	model,
	id,
	submittedAt: new Date(acceptedAt).toISOString(),
	handle: handles[provider]?.(id, model),
});

/** The nodes behind a webhook that finish such jobs, which are the items of its body. */
export const finishJobs = (provider: string) => ({
	name: `${provider}-finish`,
	parameters: { resource: 'job', operation: 'wait', provider, job: '={{ $json.job }}' },
	items: 'jobs',
	respond: 'items' as const,
});

export const bodyOf = (jobs: readonly EmulatedJob[]) => ({
	jobs: jobs.map((job) => ({ job: jobByHand(job) })),
});

/** What comes true about an emulator sooner or later. */
export async function until(what: string, look: () => boolean): Promise<void> {
	for (let tries = 0; tries < 1_200; tries += 1) {
		if (look()) return;
		await sleep(50);
	}
	throw new Error(`It did not come true that ${what}`);
}

/** How many jobs there are, by their prompts. */
export const billed = ({ jobs }: Pick<Emulator, 'jobs'>): Record<string, number> => {
	const counts: Record<string, number> = {};
	for (const { prompt } of jobs) counts[prompt] = (counts[prompt] ?? 0) + 1;
	return counts;
};
