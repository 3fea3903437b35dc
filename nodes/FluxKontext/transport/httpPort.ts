import type { IExecuteFunctions, IHttpRequestOptions, IN8nHttpFullResponse } from 'n8n-workflow';

import type { FormPart, HttpCall, HttpPort, OpenResponse } from '../core/http/ports';
import { describeNoAnswer } from './noAnswer';
import type { NodeContext } from './nodeContext';

/** Stream that `prepareBinaryData` takes instead of a buffer. */
export type ReadableStream = Exclude<
	Parameters<IExecuteFunctions['helpers']['prepareBinaryData']>[0],
	Buffer
>;

function toFormData(parts: readonly FormPart[]): FormData {
	const form = new FormData();
	for (const part of parts) {
		if ('value' in part) form.append(part.name, part.value);
		else form.append(part.name, new Blob([part.bytes], { type: part.mimeType }), part.fileName);
	}
	return form;
}

function toOptions(call: HttpCall): IHttpRequestOptions {
	const { method, url, headers, json, form, followRedirects, timeoutMs, signal } = call;
	return {
		method,
		url,
		headers: { Accept: 'application/json, image/*;q=0.9, */*;q=0.8', ...headers },
		...(json && { body: json }),
		...(form && { body: toFormData(form) }),
		// A stream, because n8n's helper has no limit of its own for the size of a response.
		encoding: 'stream',
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
		disableFollowRedirect: !followRedirects,
		sendCredentialsOnCrossOriginRedirect: false,
		timeout: timeoutMs,
		abortSignal: signal,
	};
}

function toResponse({ statusCode, headers, body }: IN8nHttpFullResponse): OpenResponse {
	return {
		kind: 'response',
		status: statusCode,
		headers: Object.fromEntries(
			Object.entries(headers).map(([name, value]) => [
				name.toLowerCase(),
				typeof value === 'string' ? value : JSON.stringify(value),
			]),
		),
		body: body as unknown as AsyncIterable<Uint8Array>,
	};
}

/**
 * Creates the engine's HTTP port from n8n's helpers, so that n8n's proxy, certificate and SSRF settings
 * apply. `onStream` receives the stream of every response.
 */
export function createHttpPort(
	context: NodeContext,
	credential: string,
	onStream: (stream: ReadableStream) => void,
): HttpPort {
	// A context without `getExecutionCancelSignal`: n8n would replace our signal by that one, and then a
	// request could not be limited in time, and a cancel request would be aborted by the stop that caused it.
	const requester = {
		getNode: () => context.getNode(),
		getCredentials: context.getCredentials.bind(context),
		helpers: context.helpers,
		logger: context.logger,
	} as unknown as IExecuteFunctions;
	return {
		async open(call) {
			try {
				const options = toOptions(call);
				const response = (await (call.authenticate
					? context.helpers.httpRequestWithAuthentication.call(requester, credential, options)
					: context.helpers.httpRequest(options))) as IN8nHttpFullResponse;
				onStream(response.body as ReadableStream);
				return toResponse(response);
			} catch (error) {
				return describeNoAnswer(error);
			}
		},
	};
}
