import axios from 'axios';
import { setTimeout as sleep } from 'node:timers/promises';

import type { BenchEmulator } from '../processes/benchEmulators';

interface SubmitResponse {
	polling_url: string;
}

interface StatusResponse {
	status: string;
	result: { sample: string } | null;
}

/** Generates an image at Black Forest Labs by polling at a fixed interval. */
export async function fixedPoll({ providers }: BenchEmulator, intervalMs: number): Promise<void> {
	const { baseUrl, apiKey } = providers.blackForestLabs;
	const http = axios.create({ headers: { 'x-key': apiKey }, proxy: false });
	const { data: job } = await http.post<SubmitResponse>(`${baseUrl}/v1/flux-kontext-pro`, {
		prompt: 'a valley',
	});
	for (;;) {
		await sleep(intervalMs);
		const { data } = await http.get<StatusResponse>(job.polling_url);
		if (!data.result) continue;
		await axios.get(data.result.sample, { responseType: 'arraybuffer', proxy: false });
		return;
	}
}
