import { z } from 'zod';

import { fault, fail, succeed, type Fault, type FaultCode, type Result } from '../../core/base/faults';
import type { HttpResponse } from '../../core/http/ports';
import { codeForStatus, errorText, faultFromHttp } from '../../core/http/errors';
import { isObject, parseJson, textOf, type JsonObject } from '../../core/base/json';
import { mergeFields } from '../../core/request/options';
import { ratioText, type Ratio } from '../../core/request/sizes';
import { stateOf } from '../../core/job/statuses';
import type {
	Handle,
	ImageRef,
	InputImage,
	InputImageSpec,
	JobSnapshot,
	ModelSpec,
	OperationSpec,
	Price,
	Provider,
	ProviderContext,
} from '../../core/provider';
import {
	absoluteUrl,
	checkBody,
	handleReader,
	jobId,
	once,
	optional,
	readAnswer,
	soundsModerated,
} from '../shared/answers';

// Sources: AI Generate's Flux page, docs.aimarcusimage.eu and its page on rate limits. It calls itself compatible with
// the paths of kie.ai: what only docs.kie.ai says is marked kie.ai here and inferred for AI Generate.

type Path = 'kontext' | 'jobs';

interface AiGenerateHandle extends Handle {
	/** Where the job's state is asked for. */
	path: Path;
	/** How often in a row neither path knew the job. */
	misses: number;
	/** As the answer to the submit charged them. */
	credits: number | null;
}

const name = 'AI Generate';
const paths: Readonly<Record<Path, { submit: string; status: string }>> = {
	kontext: { submit: '/api/v1/flux/kontext/generate', status: '/api/v1/flux/kontext/record-info' },
	jobs: { submit: '/api/v1/jobs/createTask', status: '/api/v1/jobs/recordInfo' },
};
const pathFor = (model: string): Path => (model.startsWith('flux-kontext-') ? 'kontext' : 'jobs');
/** Each path is asked twice before a job counts as unknown. */
const MAX_MISSES = 4;
/** 5 credits are 0.035 USD. */
const USD_PER_CREDIT = 0.007;

const ratios: readonly Ratio[] = [
	{ w: 21, h: 9 },
	{ w: 16, h: 9 },
	{ w: 4, h: 3 },
	{ w: 1, h: 1 },
	{ w: 3, h: 4 },
	{ w: 9, h: 16 },
];

const kontextBody = once(() =>
	z
		.object({
			model: z.string().min(1),
			prompt: z.string().min(1),
			inputImage: z.string().optional(),
			aspectRatio: z.string().optional(),
			outputFormat: z.enum(['jpeg', 'png']).optional(),
			promptUpsampling: z.boolean().optional(),
			safetyTolerance: z.number().int().min(0).max(6).optional(),
		})
		.strict(),
);

const taskBody = once(() =>
	z
		.object({
			model: z.string().min(1),
			input: z
				.object({
					prompt: z.string().min(1),
					aspect_ratio: z.string().optional(),
					input_urls: z.array(z.string()).optional(),
				})
				.strict(),
		})
		.strict(),
);

const handle = once(() =>
	z.object({
		id: jobId(),
		path: z.enum(['kontext', 'jobs']),
		misses: z.number().int().min(0),
		credits: z.number().nullable(),
	}),
);

const submitAnswer = once(() => z.object({ data: z.object({ taskId: jobId() }) }));

const statusAnswer = once(() =>
	z.object({
		data: z.object({
			successFlag: z.union([z.number(), z.string()]).nullish().catch(null),
			state: optional.text(),
			response: z.object({ resultImageUrl: optional.text() }).nullish().catch(null),
			// kie.ai: a list of links, written as JSON into a text.
			resultJson: z.unknown(),
			errorMessage: optional.text(),
			failMsg: optional.text(),
			costTime: optional.number(),
		}),
	}),
);

/** kie.ai's own words for the numbers of `successFlag`. */
const flagWords: Readonly<Record<string, string>> = {
	0: 'GENERATING',
	1: 'SUCCESS',
	2: 'CREATE_TASK_FAILED',
	3: 'GENERATE_FAILED',
};

const statuses = {
	pending: ['generating', 'waiting', 'queuing'],
	succeeded: ['success'],
	failed: ['fail', 'create_task_failed', 'generate_failed'],
};

/** kie.ai's codes beyond those of HTTP: image not fetched, maintenance, generation failed, feature switched off. */
const codes: Readonly<Record<number, FaultCode>> = {
	451: 'invalidRequest',
	455: 'unavailable',
	501: 'failed',
	505: 'invalidRequest',
};

/** The status that is meant: an answer of 200 may carry another one in its body. */
function meantStatus({ status, body }: HttpResponse): number {
	const code = isObject(body) ? Number(textOf(body['code'])) : Number.NaN;
	return status === 200 && Number.isInteger(code) && code >= 300 ? code : status;
}

function faultOf(response: HttpResponse): Fault {
	const meant = meantStatus(response);
	const text = errorText(response.body);
	const code =
		text !== null && [400, 422].includes(meant) && soundsModerated(text)
			? 'moderated'
			: (codes[meant] ?? codeForStatus(meant));
	const plain = faultFromHttp(name, response, code);
	return meant === response.status
		? plain
		: {
				...plain,
				message: plain.message.replace('answered 200', `answered 200 with the code ${meant}`),
				providerStatus: String(meant),
			};
}

function creditsOf({ headers }: HttpResponse): number | null {
	const text = headers['x-ai-credits-charged'] ?? '';
	return /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : null;
}

function linksIn(resultJson: unknown): string[] {
	const result = typeof resultJson === 'string' ? parseJson(resultJson) : resultJson;
	const urls = isObject(result) ? result['resultUrls'] : null;
	return Array.isArray(urls)
		? urls.filter((url): url is string => typeof url === 'string' && url !== '')
		: [];
}

function failure(status: string, text: string | null): Fault {
	return fault(
		text !== null && soundsModerated(text) ? 'moderated' : 'failed',
		`${name} could not make the image${text === null ? '' : `: ${text}`}`,
		{
			providerStatus: status,
		},
	);
}

function parseSubmit(
	response: HttpResponse,
	{ model }: { model: string },
): Result<JobSnapshot<AiGenerateHandle>> {
	if (meantStatus(response) !== response.status) return { ok: false, fault: faultOf(response) };
	const answer = readAnswer(name, submitAnswer(), response.body);
	if (!answer.ok) return answer;
	const handle = {
		id: answer.value.data.taskId,
		path: pathFor(model),
		misses: 0,
		credits: creditsOf(response),
	};
	return succeed({ state: 'pending', handle, providerStatus: 'submitted' });
}

/** A job that this path does not know may be known at the other one. */
function unknown(response: HttpResponse, handle: AiGenerateHandle): Result<JobSnapshot<AiGenerateHandle>> {
	const misses = handle.misses + 1;
	if (misses >= MAX_MISSES) return { ok: false, fault: faultOf(response) };
	const path = handle.path === 'kontext' ? 'jobs' : 'kontext';
	return succeed({
		state: 'pending',
		handle: { ...handle, path, misses },
		providerStatus: '404',
		retryElsewhere: true,
	});
}

function parseStatus(
	response: HttpResponse,
	handle: AiGenerateHandle,
	{ baseUrl }: ProviderContext,
): Result<JobSnapshot<AiGenerateHandle>> {
	const meant = meantStatus(response);
	if (meant === 404) return unknown(response, handle);
	if (meant !== response.status) return { ok: false, fault: faultOf(response) };
	const answer = readAnswer(name, statusAnswer(), response.body);
	if (!answer.ok) return answer;
	const {
		successFlag,
		state: word,
		response: made,
		resultJson,
		errorMessage,
		failMsg,
		costTime,
	} = answer.value.data;
	const flag = successFlag == null ? null : String(successFlag);
	const status =
		word ?? (flag === null ? null : (Object.hasOwn(flagWords, flag) && flagWords[flag]) || flag);
	if (status === null) return fail('badResponse', `${name} answered without a state of the job`);
	const known = { ...handle, misses: 0 };
	const state = stateOf(status, statuses);
	if (state === 'pending') return succeed({ state, handle: known, providerStatus: status });
	if (state === 'failed') {
		const text = errorText(failMsg) ?? errorText(errorMessage);
		return succeed({ state, handle: known, providerStatus: status, fault: failure(status, text) });
	}
	const links = made?.resultImageUrl ? [made.resultImageUrl] : linksIn(resultJson);
	if (links.length === 0)
		return fail('badResponse', `${name} says that the job succeeded, but names no image`);
	const credits = creditsOf(response) ?? handle.credits;
	return succeed({
		state,
		handle: known,
		providerStatus: status,
		images: links.map<ImageRef>((url) => ({
			kind: 'url',
			url: absoluteUrl(url, baseUrl),
			expiresAt: null,
		})),
		meta: {
			cost: credits === null ? null : Math.round(credits * USD_PER_CREDIT * 1e6) / 1e6,
			runMs: costTime ?? null,
		},
	});
}

const noImages: InputImageSpec = { min: 0, max: 0, urls: true, bytes: false, maxBytes: 0, mimeTypes: [] };
const images = (max: number): InputImageSpec => ({
	min: 1,
	max,
	urls: true,
	bytes: false,
	maxBytes: 10_000_000,
	mimeTypes: ['image/png', 'image/jpeg', 'image/webp'],
});

const price = (usdPerImage: number): Price => ({
	usdPerImage,
	readOn: '2026-11-20',
	source: 'https://aimarcusimage.eu (Flux API, the table of variants and prices)',
});

function kontextOperation(operation: 'generate' | 'edit'): OperationSpec {
	return {
		// An input image makes an edit of it: there is no generating with a reference.
		inputImages: operation === 'edit' ? images(1) : noImages,
		size: { kind: 'ratios', ratios },
		options: {
			outputFormat: { field: 'outputFormat', values: { png: 'png', jpeg: 'jpeg' } },
			promptUpsampling: { field: 'promptUpsampling', default: false },
			safetyTolerance: {
				field: 'safetyTolerance',
				min: 0,
				max: operation === 'edit' ? 2 : 6,
				clamp: true,
				default: 2,
			},
		},
	};
}

function kontext(tier: 'pro' | 'max', usdPerImage: number, description: string): ModelSpec {
	return {
		id: `flux-kontext-${tier}`,
		displayName: `FLUX.1 Kontext [${tier}]`,
		description,
		operations: { generate: kontextOperation('generate'), edit: kontextOperation('edit') },
		price: price(usdPerImage),
	};
}

// Only the prompt is documented; aspect_ratio and input_urls are kie.ai's for FLUX.2, and sent only where asked for.
const taskGenerate: OperationSpec = { inputImages: noImages, size: { kind: 'ratios', ratios }, options: {} };
const taskEdit: OperationSpec = { ...taskGenerate, inputImages: images(8) };

const flux2: ModelSpec = {
	id: 'black-forest-labs-black-forest-labs-flux-2-pro-text-to-image-1-0s-1k',
	displayName: 'FLUX.2 [pro], text to image, 1K',
	description: 'The successor, one megapixel; other variants by their slug as ID',
	operations: { generate: taskGenerate },
	price: price(0.035),
};

const urlsOf = (inputs: readonly InputImage[]): string[] =>
	inputs.flatMap((image) => (image.kind === 'url' ? [image.url] : []));

export const aiGenerate: Provider<AiGenerateHandle> = {
	id: 'aiGenerate',
	displayName: name,
	credential: 'fluxKontextAiGenerateApi',
	defaultBaseUrl: 'https://aimarcusimage.eu',
	trustedHosts: [],
	models: [
		kontext('pro', 0.035, 'Fast editing and generation'),
		kontext('max', 0.07, 'Best prompt following and typography'),
		flux2,
	],
	specForUnknownModel: (modelId) =>
		pathFor(modelId) === 'jobs'
			? { ...flux2, operations: { generate: taskGenerate, edit: taskEdit } }
			: null,
	statuses,
	// "Poll the status endpoint every 2-3 seconds."
	polling: { firstDelayMs: 2_000, intervalMs: 2_000, shortestMs: 2_000, maxIntervalMs: 6_000 },
	maxActiveJobs: { perKey: 100 },
	submitRate: { count: 20, ms: 10_000 },
	buildSubmit({ model, prompt, images: inputs, size, fields, additionalFields }, { baseUrl }) {
		const path = pathFor(model);
		const urls = urlsOf(inputs);
		if (urls.length < inputs.length)
			return fail('invalidRequest', `${name} takes input images by their URL only`);
		const [url] = urls;
		const ratio = size.kind === 'ratio' ? ratioText(size.ratio) : null;
		const given: JsonObject =
			path === 'kontext'
				? {
						model,
						prompt,
						...(url !== undefined && { inputImage: url }),
						...(ratio !== null && { aspectRatio: ratio }),
						...fields,
					}
				: {
						model,
						input: {
							prompt,
							...(urls.length > 0 && { input_urls: urls }),
							...(ratio !== null && { aspect_ratio: ratio }),
							...fields,
						},
					};
		const body = checkBody(name, path === 'kontext' ? kontextBody() : taskBody(), given);
		if (!body.ok) return body;
		const json = mergeFields(
			body.value,
			path === 'kontext' ? additionalFields : { input: additionalFields },
		);
		return succeed({ method: 'POST', url: `${baseUrl}${paths[path].submit}`, json });
	},
	parseSubmit,
	readHandle: handleReader(handle),
	callback: {
		attach: (request, { url }) => ({ ...request, json: { ...request.json, callBackUrl: url } }),
		idPath: ['data', 'taskId'],
		createHandle: (id, model) => ({ id, path: pathFor(model), misses: 0, credits: null }),
	},
	buildStatus: ({ id, path }, { baseUrl }) => ({
		method: 'GET',
		url: `${baseUrl}${paths[path].status}?taskId=${encodeURIComponent(id)}`,
	}),
	parseStatus,
	parseError: faultOf,
	// Asked at the other path before it counts.
	readsErrorStatus: ({ status }) => status === 404,
	notes: {
		sources: [
			'https://docs.aimarcusimage.eu/el/docs',
			'https://aimarcusimage.eu/lv/docs/rate-limits',
			'https://docs.kie.ai/flux-kontext-api/generate-or-edit-image',
			'https://docs.kie.ai/flux-kontext-api/get-image-details',
			'https://docs.kie.ai/market/common/get-task-detail',
		],
		links: 'not documented (14 days at kie.ai)',
		unverified: [
			'all that is only documented for kie.ai, with whose paths AI Generate calls itself compatible: the status paths, the shape of their answers, the options besides aspectRatio and outputFormat, edits by inputImage',
			'that a job is reported to callBackUrl, and in the shape that kie.ai documents',
			'the price of an edit (the table names Kontext for text to image only)',
			'the fields aspect_ratio and input_urls of createTask',
			'error codes in answers of 200, and how a refused image is reported (by the wording here)',
			'that the test of the credential, the state of a task that does not exist, refuses a bad key: no request that checks a key is documented',
		],
	},
};
