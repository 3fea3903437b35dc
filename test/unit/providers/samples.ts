import { endpointsOf } from '../../support/endpoints';
import type { Result } from '../../../nodes/FluxKontext/core/base/faults';
import type { HttpResponse } from '../../../nodes/FluxKontext/core/http/ports';
import type { Provider, ProviderContext } from '../../../nodes/FluxKontext/core/provider';
import { preparedRequest } from '../../support/requests';
import type { Handle, JobSnapshot } from '../../../nodes/FluxKontext/core/job/snapshot';

/** What a provider answers about a job that is accepted and finished, in the order in which it does. */
interface Sample {
	submit: unknown;
	headers?: Record<string, string>;
	looks?: readonly unknown[];
	result?: unknown;
	/** For a provider without a base URL of its own. */
	baseUrl?: string;
}

const url = 'https://files.example/a.png?sig=1';
const app = 'https://queue.fal.run/fal-ai/flux-pro/requests/job-1';
const prediction = (status: string) => ({
	id: 'job-1',
	status,
	output: status === 'succeeded' ? url : null,
	urls: {
		get: 'https://api.replicate.com/v1/predictions/job-1',
		cancel: 'https://api.replicate.com/v1/predictions/job-1/cancel',
	},
});
const several = {
	id: 'job-1',
	data: [
		{ index: 0, url },
		{ index: 1, url: '/b.png' },
		{ index: 2, b64_json: 'AQID' },
	],
};

const samples: Readonly<Record<string, Sample>> = {
	aiGenerate: {
		submit: { code: 200, data: { taskId: 'job-1' } },
		headers: { 'x-ai-credits-charged': '5.00' },
		looks: [
			{ code: 200, data: { state: 'generating' } },
			{ code: 404, msg: 'none' },
			{ code: 200, data: { state: 'success', resultJson: { resultUrls: [url] } } },
		],
	},
	blackForestLabs: {
		submit: { id: 'job-1', polling_url: 'https://api.us1.bfl.ai/v1/get_result?id=job-1', cost: 4 },
		looks: [
			{ id: 'job-1', status: 'Pending' },
			{ id: 'job-1', status: 'Ready', result: { sample: url } },
		],
	},
	fal: {
		submit: {
			request_id: 'job-1',
			status: 'IN_QUEUE',
			status_url: `${app}/status`,
			response_url: app,
			cancel_url: `${app}/cancel`,
		},
		looks: [{ status: 'IN_PROGRESS' }, { status: 'COMPLETED', metrics: { inference_time: 3.1 } }],
		result: { images: [{ url }] },
	},
	lumenfall: { submit: several, headers: { 'x-lumenfall-request-id': 'job-1' } },
	openAiCompatible: { submit: several, baseUrl: 'http://localhost:8080/v1' },
	replicate: { submit: prediction('starting'), looks: [prediction('processing'), prediction('succeeded')] },
	runpod: {
		submit: { id: 'job-1', status: 'IN_QUEUE' },
		looks: [
			{ id: 'job-1', status: 'IN_PROGRESS' },
			{ id: 'job-1', status: 'COMPLETED', output: { image_url: url } },
		],
	},
	sdServer: {
		submit: { id: 'job-1', status: 'queued', poll_url: '/sdcpp/v1/jobs/job-1' },
		looks: [
			{ id: 'job-1', status: 'generating' },
			{ id: 'job-1', status: 'completed', result: { images: [{ index: 0, b64_json: 'AQID' }] } },
		],
	},
	siliconFlow: {
		submit: { images: [{ url }, { url: '/b.png' }] },
		headers: { 'x-siliconcloud-trace-id': 'job-1' },
	},
	theRouter: {
		submit: { id: 'job-1', status: 'queued' },
		looks: [
			{ id: 'job-1', status: 'in_progress' },
			{ id: 'job-1', status: 'succeeded', unsigned_urls: [url] },
		],
	},
	together: { submit: several },
	vtrix: {
		submit: { id: 'job-1', status: 'in_progress' },
		looks: [
			{ id: 'job-1', status: 'processing' },
			{ id: 'job-1', status: 'completed', output: [{ content: [{ type: 'image', url }] }] },
		],
	},
};

export function contextOf({ id, defaultBaseUrl }: Provider): ProviderContext {
	return { baseUrl: samples[id]?.baseUrl ?? defaultBaseUrl, now: Date.parse('2026-11-20T12:00:00Z') };
}

/** All that the answers of its sample make of one job, from its acceptance to its image. */
export function snapshotsOf(provider: Provider): JobSnapshot[] {
	const sample = samples[provider.id];
	if (!sample) throw new Error(`${provider.id} has no sample`);
	const context = contextOf(provider);
	const request = preparedRequest({ model: provider.models[0]?.id ?? '' });
	const answer = (body: unknown): HttpResponse => ({ status: 200, headers: sample.headers ?? {}, body });
	const snapshots: JobSnapshot[] = [];
	const add = (read: Result<JobSnapshot> | undefined) => {
		if (!read?.ok) throw new Error(`${provider.id}: ${read?.fault.message ?? 'there is nothing to ask'}`);
		snapshots.push(read.value);
	};
	const known = (): Handle => snapshots.at(-1)?.handle ?? { id: '' };
	add(provider.submit.parse(answer(sample.submit), request, context));
	const { status, result } = endpointsOf(provider);
	for (const look of sample.looks ?? []) add(status?.parse(answer(look), known(), context));
	if (sample.result !== undefined) add(result?.parse(answer(sample.result), known(), context));
	return snapshots;
}

/** The richest handle of a job: that of the finished one. */
export function handleOf(provider: Provider): Handle {
	return snapshotsOf(provider).at(-1)?.handle ?? { id: '' };
}
