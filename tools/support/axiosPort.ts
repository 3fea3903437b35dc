import type { Readable } from 'node:stream';

import axios from 'axios';

import type { HttpCall, HttpPort, OpenResponse, NoAnswer } from '../../nodes/FluxKontext/core/http/ports';
import { isLoopback } from '../../nodes/FluxKontext/core/http/trust';
import { describeNoAnswer } from '../../nodes/FluxKontext/transport/httpPort';

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
 * The engine's HTTP port over axios, with the settings that n8n's helper uses for the node's own port. `key` are the
 * headers of the credential: they go along only where the engine says so.
 */
export function axiosPort(key: Readonly<Record<string, string>>): HttpPort {
	return {
		async open(call: HttpCall): Promise<OpenResponse | NoAnswer> {
			const { method, url, headers, authenticate, followRedirects, timeoutMs, signal } = call;
			try {
				const answer = await axios.request<Readable>({
					method,
					url,
					headers: { ...headers, ...(authenticate && key) },
					data: bodyOf(call),
					responseType: 'stream',
					validateStatus: () => true,
					...(!followRedirects && { maxRedirects: 0 }),
					timeout: timeoutMs,
					signal,
					// The proxy of the environment, if there is one, does not reach this machine.
					...(isLoopback(url) && { proxy: false }),
				});
				const lowered = Object.entries(answer.headers).map(([name, value]) => [
					name.toLowerCase(),
					String(value),
				]);
				return {
					kind: 'response',
					status: answer.status,
					headers: Object.fromEntries(lowered) as Record<string, string>,
					body: answer.data,
				};
			} catch (error) {
				return describeNoAnswer(error);
			}
		},
	};
}
