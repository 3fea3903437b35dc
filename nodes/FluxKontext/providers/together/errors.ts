import type { Fault } from '../../core/base/faults';
import { isObject } from '../../core/base/json';
import { errorText, faultFromHttp } from '../../core/http/errors';
import type { HttpResponse } from '../../core/http/ports';
import { codeForStatus } from '../../core/http/status';
import { mentionsModeration } from '../shared/moderation';

/** Name of the provider in messages and in the panel. */
export const name = 'Together AI';

/** Statuses of a response that refuses the prompt or the input image. */
const REFUSAL_STATUSES: readonly number[] = [400, 422];

/** Reads the `code` and the `type` of `{ error: { message, type, param, code } }`, those that are there. */
function errorWords(body: unknown): string[] {
	const error = isObject(body) ? body['error'] : null;
	if (!isObject(error)) return [];
	return [error['code'], error['type']].filter(
		(word): word is string => typeof word === 'string' && word !== '',
	);
}

/** Maps a response with an error status to a fault. The error's own words also tell a moderated request. */
export function parseError(response: HttpResponse): Fault {
	const words = errorWords(response.body);
	const moderated =
		REFUSAL_STATUSES.includes(response.status) &&
		[errorText(response.body) ?? '', ...words].some((text) =>
			mentionsModeration(text.replaceAll('_', ' ')),
		);
	return {
		...faultFromHttp(name, response, moderated ? 'moderated' : codeForStatus(response.status)),
		providerStatus: words[0] ?? null,
	};
}
