import { z } from 'zod';

import { fail, succeed, type Result } from '../../core/base/faults';
import { isObject, parseJson } from '../../core/base/json';
import { errorText } from '../../core/http/errors';
import type { ImageRef, JobSnapshot } from '../../core/job/snapshot';
import { stateOf, type StatusWords } from '../../core/job/statuses';
import { collectImages } from '../shared/collectImages';
import { unreadable } from '../shared/failures';
import { lazy, optional } from '../shared/schema';
import { failureOf, name } from './errors';
import type { AiGenerateHandle } from './handle';

/** Schema of a job's record, as the status endpoints of both APIs return it within their envelope. */
export const recordSchema = lazy(() =>
	z.object({
		successFlag: z.union([z.number(), z.string()]).nullish().catch(null),
		state: optional.text(),
		response: z.unknown(),
		// kie.ai: an object with the links, encoded as JSON text.
		resultJson: z.unknown(),
		errorMessage: optional.text(),
		failMsg: optional.text(),
		costTime: optional.number(),
	}),
);

type TaskRecord = z.infer<ReturnType<typeof recordSchema>>;

/** Status words of both APIs. */
export const statuses: StatusWords = {
	pending: ['generating', 'waiting', 'queuing'],
	succeeded: ['success'],
	failed: ['fail', 'create_task_failed', 'generate_failed'],
};

/** kie.ai's own words for the numbers of `successFlag`. */
const flagWords: Readonly<Record<string, string>> = {
	0: 'GENERATING',
	1: 'SUCCESS',
	2: 'CREATE_TASK_FAILED',
	3: 'GENERATE_FAILED',
};

/** Returns the status word: `state` of the `jobs` API, or the word for `successFlag` of the `kontext` API. */
function statusOf({ state, successFlag }: TaskRecord): string | null {
	if (state != null) return state;
	if (successFlag == null) return null;
	const flag = String(successFlag);
	return (Object.hasOwn(flagWords, flag) && flagWords[flag]) || flag;
}

/** Reads the images: `resultImageUrl` of the `kontext` API, or `resultUrls` of `jobs`. */
function imagesOf({ response, resultJson }: TaskRecord, baseUrl: string): ImageRef[] {
	const place = { baseUrl, expiresAt: null };
	const images = collectImages(response, place);
	if (images.length > 0) return images;
	const result = typeof resultJson === 'string' ? (parseJson(resultJson) ?? resultJson) : resultJson;
	return collectImages(isObject(result) ? (result['resultUrls'] ?? result) : result, place);
}

/** Reads the state of a job from its record. `cost` is in USD. */
export function readState(
	record: TaskRecord,
	handle: AiGenerateHandle,
	cost: number | null,
	baseUrl: string,
): Result<JobSnapshot<AiGenerateHandle>> {
	const providerStatus = statusOf(record);
	if (providerStatus === null) return fail('badResponse', `${name} answered without a state of the job`);
	const state = stateOf(providerStatus, statuses);
	if (state === 'pending') return succeed({ state, handle, providerStatus });
	if (state === 'failed') {
		const text = errorText(record.failMsg) ?? errorText(record.errorMessage);
		return succeed({ state, handle, providerStatus, fault: failureOf(providerStatus, text) });
	}
	const images = imagesOf(record, baseUrl);
	if (images.length === 0) return succeed(unreadable(name, handle, providerStatus, record));
	return succeed({ state, handle, providerStatus, images, meta: { cost, runMs: record.costTime ?? null } });
}
