import type { Readable } from 'node:stream';

import axios from 'axios';

import type { HttpCall, HttpPort, OpenResponse, NoAnswer } from '../../nodes/FluxKontext/core/http/ports';
import { isLoopback } from '../emulator/net';
import { describeNoAnswer } from '../../nodes/FluxKontext/transport/noAnswer';

function bodyOf({ json, form }: HttpCall): unknown {
	if (!form) return json;
	const data = new FormData();
	for (const part of form) {
		if ('value' in part) data.append(part.name, part.value);
		else
			data.append(
				part.name,
				new Blob([new Uint8Array(part.bytes)], { type: part.mimeType }),
				part.fileName,
			);
	}
	return data;
}

/**
 * Creates an HTTP port over axios with the settings that n8n's HTTP helper uses. `keyHeaders` are the headers
 * of the credential; they are sent only with the calls that the engine marks with `authenticate`.
 */
export function axiosPort(keyHeaders: Readonly<Record<string, string>>): HttpPort {
	return {
		async open(call: HttpCall): Promise<OpenResponse | NoAnswer> {
			const { method, url, headers, authenticate, followRedirects, timeoutMs, signal } = call;
			try {
				const response = await axios.request<Readable>({
					method,
					url,
					headers: { ...headers, ...(authenticate && keyHeaders) },
					data: bodyOf(call),
					responseType: 'stream',
					validateStatus: () => true,
					...(!followRedirects && { maxRedirects: 0 }),
					timeout: timeoutMs,
					signal,
					// A proxy named by the environment cannot reach this machine's loopback address.
					...(isLoopback(url) && { proxy: false }),
				});
				const headersInLowerCase = Object.entries(response.headers).map(([name, value]) => [
					name.toLowerCase(),
					String(value),
				]);
				return {
					kind: 'response',
					status: response.status,
					headers: Object.fromEntries(headersInLowerCase) as Record<string, string>,
					body: response.data,
				};
			} catch (error) {
				return describeNoAnswer(error);
			}
		},
	};
}
