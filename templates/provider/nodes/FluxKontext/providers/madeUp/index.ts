import { z } from 'zod';

import { fail, fault, succeed, type Result } from '../../core/base/faults';
import type { HttpResponse } from '../../core/http/ports';
import { errorText, faultFromHttp } from '../../core/http/errors';
import { mergeFields } from '../../core/request/options';
import { ratioText } from '../../core/request/sizes';
import { stateOf } from '../../core/job/statuses';
import type { InputImage, JobSnapshot, OperationSpec, Provider } from '../../core/provider';
import {
	checkBody,
	handleReader,
	jobId,
	once,
	optional,
	readAnswer,
	soundsModerated,
} from '../shared/answers';

// Sources: the pages and the official clients that this file is written from.

const name = 'Made Up';
/** As documented; where it is not, say so below under `notes`. */
const LINK_LIFETIME_MS = 3_600_000;

/** Strict: nothing that the provider does not document is ever sent. */
const submitBody = once(() =>
	z
		.object({
			model: z.string().min(1),
			prompt: z.string().min(1),
			image: z.string().optional(),
			aspect_ratio: z.string().optional(),
			seed: z.number().int().optional(),
			output_format: z.enum(['jpeg', 'png']).optional(),
		})
		.strict(),
);

/** Lenient: a paid job is not lost over a detail that it can do without. */
const jobAnswer = once(() =>
	z.object({
		id: jobId(),
		status: optional.text(),
		image_url: optional.text(),
		seed: optional.number(),
		error: z.unknown(),
	}),
);

/** All that another execution needs to find the job; never a key. */
const handle = once(() => z.object({ id: jobId() }));

/** Compared without case. A word that stands nowhere keeps the job pending. */
const statuses = {
	pending: ['queued', 'running'],
	succeeded: ['succeeded'],
	failed: ['failed', 'cancelled'],
};

function parseJob(response: HttpResponse, now: number): Result<JobSnapshot> {
	const answer = readAnswer(name, jobAnswer(), response.body);
	if (!answer.ok) return answer;
	const { id, image_url: url, seed, error } = answer.value;
	const status = answer.value.status ?? 'queued';
	const state = stateOf(status, statuses);
	const told = { handle: { id }, providerStatus: status };
	if (state === 'pending') return succeed({ state, ...told });
	if (state === 'failed') {
		const text = errorText(error);
		const code = text !== null && soundsModerated(text) ? 'moderated' : 'failed';
		return succeed({
			state,
			...told,
			fault: fault(code, `${name} ended the job as ${status}${text === null ? '' : `: ${text}`}`, {
				providerStatus: status,
			}),
		});
	}
	if (!url) return fail('badResponse', `${name} says that the job succeeded, but names no image`);
	const expiresAt = new Date(now + LINK_LIFETIME_MS).toISOString();
	return succeed({
		state,
		...told,
		images: [{ kind: 'url', url, expiresAt }],
		meta: { seed: seed ?? null },
	});
}

/** What the panel offers, and what is refused before anything is paid, follows from this. */
function operationOf(operation: 'generate' | 'edit'): OperationSpec {
	const images = operation === 'edit' ? 1 : 0;
	return {
		inputImages: {
			min: images,
			max: images,
			urls: true,
			maxBytes: 20_000_000,
			mimeTypes: ['image/png', 'image/jpeg', 'image/webp'],
		},
		size: { kind: 'anyRatio' },
		options: {
			seed: { field: 'seed' },
			outputFormat: { field: 'output_format', values: { png: 'png', jpeg: 'jpeg' } },
		},
	};
}

const addressOf = (image: InputImage): string =>
	image.kind === 'url' ? image.url : `data:${image.mimeType};base64,${image.base64()}`;

export const madeUp: Provider = {
	id: 'madeUp',
	displayName: name,
	credential: 'fluxKontextMadeUpApi',
	defaultBaseUrl: 'https://api.made-up.example/v1',
	trustedHosts: [],
	models: [
		{
			id: 'flux-kontext-pro',
			displayName: 'FLUX.1 Kontext [pro]',
			description: 'Fast editing and generation',
			operations: { generate: operationOf('generate'), edit: operationOf('edit') },
			// `{ usdPerImage, readOn, source }` as soon as there is a page that says it.
			price: null,
		},
	],
	statuses,
	polling: { firstDelayMs: 1_000, intervalMs: 1_000, shortestMs: 1_000, maxIntervalMs: 10_000 },
	buildSubmit({ model, prompt, images, size, fields, additionalFields }, { baseUrl }) {
		const [image] = images;
		const body = checkBody(name, submitBody(), {
			model,
			prompt,
			...(image && { image: addressOf(image) }),
			...(size.kind === 'ratio' && { aspect_ratio: ratioText(size.ratio) }),
			...fields,
		});
		if (!body.ok) return body;
		return succeed({
			method: 'POST',
			url: `${baseUrl}/images`,
			json: mergeFields(body.value, additionalFields),
		});
	},
	parseSubmit: (response, _request, { now }) => parseJob(response, now),
	readHandle: handleReader(handle),
	buildStatus: ({ id }, { baseUrl }) => ({
		method: 'GET',
		url: `${baseUrl}/images/${encodeURIComponent(id)}`,
	}),
	parseStatus: (response, known, { now }) => {
		const job = parseJob(response, now);
		// The job stays the one that was asked for, whatever the answer calls it.
		return job.ok ? succeed({ ...job.value, handle: known }) : job;
	},
	parseError: (response) => faultFromHttp(name, response),
	notes: {
		sources: ['https://docs.made-up.example/images'],
		links: '1 hour',
		unverified: ['everything: no documentation was read yet'],
	},
};
