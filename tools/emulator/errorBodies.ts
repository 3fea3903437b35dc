import type { ZodIssue } from 'zod';
import type { ApiError, RequestPart } from './apiError';

interface FastApiDetail {
	loc: Array<string | number>;
	msg: string;
	type: string;
}

/**
 * Formats an error as FastAPI does: `detail` is a text, or a list for a request that does not fit the schema.
 */
export function fastApiErrorBody({ message, details }: ApiError): { detail: string | FastApiDetail[] } {
	const { issues, place = 'body' } = details;
	return { detail: issues?.flatMap((issue) => fastApiDetails(issue, place)) ?? message };
}

function fastApiDetails(issue: ZodIssue, place: RequestPart): FastApiDetail[] {
	const detail = (msg: string, type: string, ...rest: string[]): FastApiDetail => ({
		loc: [place, ...issue.path, ...rest],
		msg,
		type,
	});
	switch (issue.code) {
		case 'unrecognized_keys':
			return issue.keys.map((key) => detail('Extra inputs are not permitted', 'extra_forbidden', key));
		case 'invalid_type':
			if (issue.received === 'undefined' || (issue.received === 'null' && issue.path.length === 0))
				return [detail('Field required', 'missing')];
			return [detail(`Input should be a valid ${issue.expected}`, `${issue.expected}_type`)];
		case 'invalid_enum_value':
			return [detail(`Input should be ${quotedList(issue.options)}`, 'literal_error')];
		case 'too_small':
			return [
				detail(`Input should be greater than or equal to ${issue.minimum}`, 'greater_than_equal'),
			];
		case 'too_big':
			return [detail(`Input should be less than or equal to ${issue.maximum}`, 'less_than_equal')];
		default:
			return [detail(`Value error, ${issue.message}`, 'value_error')];
	}
}

const quotedList = (options: ReadonlyArray<string | number>): string =>
	options.map((option) => `'${option}'`).join(' or ');

/** Formats an error as OpenAI does. The code is the error's own, else that of its status. */
export function openAiErrorBody({ status, message, details }: ApiError): {
	error: { message: string; type: string; code: string };
} {
	const code = details.code ?? openAiCodes[status] ?? 'invalid_request';
	return { error: { message, type: openAiType(status), code } };
}

function openAiType(status: number): string {
	if (status === 401) return 'authentication_error';
	return status < 500 ? 'invalid_request_error' : 'server_error';
}

const openAiCodes: Record<number, string> = {
	401: 'invalid_api_key',
	402: 'insufficient_balance',
	404: 'not_found',
	413: 'too_large',
	429: 'rate_limited',
	500: 'internal_error',
	502: 'bad_gateway',
	503: 'unavailable',
};
